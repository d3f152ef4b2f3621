// StarPU: data handles, from whose use in the order of the program it finds the order of tasks. The variant is the
// scheduler.
#include <starpu.h>

#include "common.hpp"

static Workload *w;
static std::vector<starpu_data_handle_t> handles;

static void kernel(void **, void *argument) { run_task(*w, static_cast<const Task *>(argument)); }

// What tasks declare: by the number of inputs, and none, one written, one updated, two written.
static starpu_codelet codelets[5][4];

static starpu_codelet *codelet(const Task &task) {
    bool declares = task.kind != Nodep;
    uint32_t inputs = declares ? task.inputs : 0;
    uint32_t outputs = !declares ? 0 : task.updates ? 2 : task.outputs == 2 ? 3 : 1;
    starpu_codelet *c = &codelets[inputs][outputs];
    if (!c->cpu_funcs[0]) {
        starpu_codelet_init(c);
        c->cpu_funcs[0] = kernel;
        c->nbuffers = inputs + (declares ? task.outputs : 0);
        for (int i = 0; i < c->nbuffers; i++)
            c->modes[i] = i < int(inputs) ? STARPU_R : task.updates ? STARPU_RW : STARPU_W;
    }
    return c;
}

static uint64_t run() {
    auto start = Clock::now();
    for (Task &task : w->tasks) {
        starpu_task *made = starpu_task_create();
        made->cl = codelet(task);
        made->cl_arg = &task;
        made->cl_arg_size = 0;
        for (int i = 0; i < made->cl->nbuffers; i++) {
            uint32_t at = uint32_t(i) < task.inputs ? task.input[i] : task.output[i - task.inputs];
            made->handles[i] = handles[at];
        }
        if (starpu_task_submit(made)) fail("StarPU refuses a task");
    }
    starpu_task_wait_for_all();
    return nanoseconds_since(start);
}

int main(int count, char **arguments) {
    auto set_up = [](Workload &workload, int threads, const std::string &scheduler) {
        w = &workload;
        starpu_conf conf;
        starpu_conf_init(&conf);
        conf.ncpus = threads;
        conf.ncuda = 0;
        conf.nopencl = 0;
        conf.sched_policy_name = scheduler.c_str();
        if (starpu_init(&conf)) fail("StarPU does not start");
        handles.resize(w->written);
        for (uint64_t i = 0; i < w->written; i++) {
            auto address = reinterpret_cast<uintptr_t>(&w->cells[i].value);
            starpu_variable_data_register(&handles[i], STARPU_MAIN_RAM, address, sizeof(uint64_t));
        }
    };
    return measure(count, arguments, set_up, run);
}
