// OpenMP tasks, which find their order from `depend` clauses. One thread submits.
#include "common.hpp"
#include <omp.h>

static Workload *w;
static int threads;

static uint64_t run() {
    uint64_t elapsed = 0;
    Cell *c = w->cells;
#pragma omp parallel num_threads(threads)
#pragma omp single
    {
        auto start = Clock::now();
        const Task *end = w->tasks.data() + w->tasks.size();
        for (const Task *t = w->tasks.data(); t != end; ++t) {
            const uint32_t *in = t->input, *out = t->output;
            switch (t->kind) {
            case Nodep:
#pragma omp task firstprivate(t)
                run_task(*w, t);
                break;
            case Out:
            case First:
            case Scores:
#pragma omp task firstprivate(t) depend(out : c[out[0]])
                run_task(*w, t);
                break;
            case Step:
#pragma omp task firstprivate(t) depend(inout : c[out[0]])
                run_task(*w, t);
                break;
            case Stencil:
#pragma omp task firstprivate(t) depend(in : c[in[0]], c[in[1]], c[in[2]]) depend(out : c[out[0]])
                run_task(*w, t);
                break;
            case Weights:
#pragma omp task firstprivate(t) depend(in : c[in[0]]) depend(out : c[out[0]], c[out[1]])
                run_task(*w, t);
                break;
            case Product:
#pragma omp task firstprivate(t) depend(in : c[in[0]]) depend(out : c[out[0]])
                run_task(*w, t);
                break;
            case Update:
#pragma omp task firstprivate(t) depend(in : c[in[0]], c[in[1]]) depend(inout : c[out[0]])
                run_task(*w, t);
                break;
            case Gather:
#pragma omp task firstprivate(t) depend(in : c[in[0]], c[in[1]], c[in[2]], c[in[3]]) depend(out : c[out[0]])
                run_task(*w, t);
                break;
            }
        }
#pragma omp taskwait
        elapsed = nanoseconds_since(start);
    }
    return elapsed;
}

int main(int count, char **arguments) {
    auto set_up = [](Workload &workload, int number, const std::string &) {
        w = &workload;
        threads = number;
    };
    return measure(count, arguments, set_up, run);
}
