// What the peers in C++ share: the table of a workload, its kernel, and the measuring.
//
// A peer is called with FILE TICKS THREADS REPS [VARIANT] and prints the nanoseconds of each repetition, the first one
// excepted, which warms up. It fails if a result is wrong. The file is written by src/workload/file.rs.
#pragma once
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <vector>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

struct alignas(64) Cell {
    uint64_t value;
};

// As in src/workload/mod.rs, in the same order.
enum Kind : uint32_t { Nodep, Out, Step, Stencil, First, Scores, Weights, Product, Update, Gather };

struct Task {
    uint32_t kind, inputs, outputs, updates;
    uint32_t input[4];
    uint32_t output[2];
    uint32_t constant, has_constant;
};
static_assert(sizeof(Task) == 48, "a task is twelve numbers of 32 bits");

// A list of tasks for each task.
struct Lists {
    std::vector<uint32_t> ends, items;
    const uint32_t *begin(size_t list) const { return items.data() + (list ? ends[list - 1] : 0); }
    const uint32_t *end(size_t list) const { return items.data() + ends[list]; }
    bool empty(size_t list) const { return begin(list) == end(list); }
};

struct Workload {
    std::vector<Task> tasks;
    uint64_t written, constants, checksum;
    Lists producers, consumers;
    Cell *cells;
    uint64_t ticks;
};

inline uint64_t read_ticks() {
#if defined(__x86_64__)
    return __rdtsc();
#else
    using namespace std::chrono;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
#endif
}



// Runs a task: reads what it reads, passes the time, writes what it writes.
inline void run_task(const Workload &w, const Task *task) {
    auto mix = [](uint64_t value, uint64_t with) { return (value ^ with) * 0xD6E8FEB86659FD93ull; };
    Cell *cells = w.cells;
    uint64_t id = uint64_t(task - w.tasks.data());
    uint64_t value = id * 0x9E3779B97F4A7C15ull + task->kind;
    for (uint32_t i = 0; i < task->inputs; i++) value = mix(value, cells[task->input[i]].value);
    if (task->has_constant) value += cells[task->constant].value;
    if (task->updates) value = mix(value, cells[task->output[0]].value);
    if (w.ticks) {
        uint64_t start = read_ticks();
        while (read_ticks() - start < w.ticks) {
        }
    }
    for (uint32_t i = 0; i < task->outputs; i++) cells[task->output[i]].value = value + i;
}

inline void fail(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

inline Workload read_workload(const char *path, uint64_t ticks) {
    FILE *file = fopen(path, "rb");
    if (!file) fail("the workload cannot be opened");
    auto get = [file](void *to, size_t size, size_t count) {
        if (count && fread(to, size, count, file) != count) fail("the workload is too short");
    };
    uint64_t head[6];
    get(head, sizeof *head, 6);
    if (head[0] != 0x3130'6863'6e65'6270ull) fail("this is no workload");
    Workload w;
    w.tasks.resize(head[1]);
    w.written = head[2];
    w.constants = head[3];
    w.checksum = head[5];
    w.ticks = ticks;
    get(w.tasks.data(), sizeof(Task), w.tasks.size());
    for (Lists *lists : {&w.producers, &w.consumers}) {
        lists->ends.resize(head[1]);
        lists->items.resize(head[4]);
        get(lists->ends.data(), 4, head[1]);
        get(lists->items.data(), 4, head[4]);
    }
    fclose(file);
    w.cells = static_cast<Cell *>(aligned_alloc(64, (w.written + w.constants) * sizeof(Cell)));
    if (!w.cells) fail("there is not enough memory");
    return w;
}

using Clock = std::chrono::steady_clock;

inline uint64_t nanoseconds_since(Clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
}

// Everything but how the tasks are run. `set_up` may keep the workload; `run` returns how long all tasks took.
inline int measure(int count, char **arguments,
                   const std::function<void(Workload &, int threads, const std::string &variant)> &set_up,
                   const std::function<uint64_t()> &run) {
    if (count < 5) fail("usage: PEER FILE TICKS THREADS REPS [VARIANT]");
    static Workload w = read_workload(arguments[1], strtoull(arguments[2], nullptr, 10));
    set_up(w, atoi(arguments[3]), count > 5 ? arguments[5] : "");
    for (int rep = 0; rep <= atoi(arguments[4]); rep++) {
        for (uint64_t i = 0; i < w.written + w.constants; i++) w.cells[i].value = i * 7 + 1;
        uint64_t elapsed = run(), sum = 0;
        for (uint64_t i = 0; i < w.written; i++) sum = sum * 31 + w.cells[i].value;
        if (sum != w.checksum) fail("the result is wrong");
        if (rep) printf("%llu\n", static_cast<unsigned long long>(elapsed));
    }
    fflush(stdout);
    // Pools of threads need not be taken down.
    _Exit(0);
}
