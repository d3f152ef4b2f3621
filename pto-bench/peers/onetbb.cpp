// oneTBB. Variants:
//   flow    a flow graph of nodes that wait for messages, built and run
//   rerun   the same, built before the time begins
//   group   tasks of a group, each with handles of those it waits for; since oneTBB 2022
#define TBB_PREVIEW_TASK_GROUP_EXTENSIONS 1
#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>
#include <oneapi/tbb/version.h>

#include <deque>
#include <memory>

#include "common.hpp"

namespace tbb = oneapi::tbb;
using Message = tbb::flow::continue_msg;
using Node = tbb::flow::continue_node<Message>;

static Workload *w;

struct Graph {
    tbb::flow::graph graph;
    std::deque<Node> nodes;

    void build() {
        for (size_t i = 0; i < w->tasks.size(); i++) {
            const Task *task = &w->tasks[i];
            nodes.emplace_back(graph, [task](const Message &) { run_task(*w, task); });
            for (auto p = w->producers.begin(i); p != w->producers.end(i); ++p)
                tbb::flow::make_edge(nodes[*p], nodes.back());
        }
    }

    void run() {
        for (size_t i = 0; i < nodes.size(); i++)
            if (w->producers.empty(i)) nodes[i].try_put(Message());
        graph.wait_for_all();
    }
};

static std::unique_ptr<tbb::global_control> control;
static std::unique_ptr<tbb::task_arena> arena;
static std::unique_ptr<Graph> graph;
static std::string variant;

static uint64_t run_flow() {
    graph.reset();
    graph.reset(new Graph);
    auto start = Clock::now();
    graph->build();
    graph->run();
    return nanoseconds_since(start);
}

static uint64_t rerun_flow() {
    auto start = Clock::now();
    graph->run();
    return nanoseconds_since(start);
}

#if TBB_VERSION_MAJOR >= 2022
static std::vector<tbb::task_completion_handle> handles;

static uint64_t run_group() {
    handles.assign(w->tasks.size(), {});
    tbb::task_group group;
    auto start = Clock::now();
    for (size_t i = 0; i < w->tasks.size(); i++) {
        const Task *task = &w->tasks[i];
        tbb::task_handle handle = group.defer([task] { run_task(*w, task); });
        handles[i] = handle;
        for (auto p = w->producers.begin(i); p != w->producers.end(i); ++p)
            tbb::task_group::set_task_order(handles[*p], handle);
        group.run(std::move(handle));
    }
    group.wait();
    return nanoseconds_since(start);
}
#else
static uint64_t run_group() {
    fail("needs oneTBB 2022");
    return 0;
}
#endif

int main(int count, char **arguments) {
    auto set_up = [](Workload &workload, int threads, const std::string &name) {
        w = &workload;
        variant = name;
        control.reset(new tbb::global_control(tbb::global_control::max_allowed_parallelism, threads));
        arena.reset(new tbb::task_arena(threads));
        if (variant == "rerun") {
            arena->execute([] {
                graph.reset(new Graph);
                graph->build();
            });
        }
    };
    auto run = [] {
        uint64_t elapsed = 0;
        arena->execute([&] {
            elapsed = variant == "flow" ? run_flow() : variant == "rerun" ? rerun_flow() : run_group();
        });
        return elapsed;
    };
    return measure(count, arguments, set_up, run);
}
