/* SPDX-License-Identifier: Apache-2.0 */
/* A main function for fuzz targets where there is no libFuzzer.
 *
 *   fuzz_x [-runs=N] [-seed=S] [-max_len=L] PATH...
 *
 * Gives every file named, and every file of the folders named, to the target: once as it is, then
 * with its first allocation failing, its second and so on. Then N times one of them, changed at
 * random; the same seed S makes the same changes. An input that ends the process is left in the
 * file crash-input of the current folder. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

enum {
    FAILURES_MAX = 300, /* Of one seed. */
    CHANGES_MAX = 6,
};

typedef struct input {
    uint8_t *data;
    size_t len;
} input;

typedef struct corpus {
    input *inputs;
    size_t count;
} corpus;

typedef struct options {
    uint64_t runs;
    uint64_t seed;
    size_t max_len;
} options;

/* What the target works on, for the handlers below. */
static input current;

/* Called by the sanitizers before they end the process. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

/* Only calls that a signal handler may make. */
static void
keep_input(void)
{
    static const char told[] = "the input is in crash-input\n";
    int fd = open("crash-input", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd >= 0) {
        ssize_t written = write(fd, current.data, current.len);
        if (written == (ssize_t)current.len && write(STDERR_FILENO, told, sizeof told - 1) > 0) {
            fsync(fd);
        }
        close(fd);
    }
}

static void
on_signal(int number)
{
    keep_input();
    signal(number, SIG_DFL);
    raise(number);
}

static void
keep_input_of_crashes(void)
{
    static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        signal(signals[i], on_signal);
    }
    if (__sanitizer_set_death_callback != NULL) {
        __sanitizer_set_death_callback(keep_input);
    }
}

static void
fail(const char *what)
{
    perror(what);
    exit(2);
}

static void *
must_resize(void *block, size_t size)
{
    void *resized = realloc(block, size > 0 ? size : 1);
    if (resized == NULL) {
        fail("realloc");
    }
    return resized;
}

static void
load_file(corpus *c, const char *path)
{
    struct stat st;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fstat(fileno(file), &st) != 0) {
        fail(path);
    }
    input in = {.data = must_resize(NULL, (size_t)st.st_size), .len = (size_t)st.st_size};
    if (fread(in.data, 1, in.len, file) != in.len) {
        fail(path);
    }
    (void)fclose(file); /* Was only read. */
    c->inputs = must_resize(c->inputs, (c->count + 1) * sizeof *c->inputs);
    c->inputs[c->count++] = in;
}

/* A file, or the files of a folder in the order of their names. */
static void
load(corpus *c, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        fail(path);
    }
    if (!S_ISDIR(st.st_mode)) {
        load_file(c, path);
        return;
    }
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) {
        fail(path);
    }
    for (int i = 0; i < count; i++) {
        char inner[4096];
        int len = snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && len > 0 && (size_t)len < sizeof inner) {
            load(c, inner);
        }
        free(entries[i]);
    }
    free(entries);
}

static uint64_t
random_number(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15; /* SplitMix64 (Steele, Lea and Flood, 2014). */
    uint64_t z = *state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* 0 to bound - 1. */
static size_t
random_below(uint64_t *state, size_t bound)
{
    return bound == 0 ? 0 : (size_t)(random_number(state) % bound);
}

/* Put `len` octets in place of the `removed` ones at `at`, as far as the room goes. */
static void
replace(input *in, size_t max_len, size_t at, size_t removed, const uint8_t *data, size_t len)
{
    size_t rest = in->len - at - removed;
    if (at + len + rest > max_len) {
        return;
    }
    memmove(in->data + at + len, in->data + at + removed, rest);
    memcpy(in->data + at, data, len);
    in->len = at + len + rest;
}

/* An integer at which things change, in one of the forms that occur. */
static size_t
interesting_octets(uint64_t *state, uint8_t out[10])
{
    static const uint64_t values[] = {0,
                                      1,
                                      2,
                                      4,
                                      7,
                                      8,
                                      10,
                                      16,
                                      31,
                                      32,
                                      63,
                                      64,
                                      100,
                                      127,
                                      128,
                                      255,
                                      256,
                                      480,
                                      512,
                                      1023,
                                      16383,
                                      16384,
                                      32767,
                                      65535,
                                      65536,
                                      1048576,
                                      16777215,
                                      16777216,
                                      0x7fffffff,
                                      0x80000000,
                                      0xfffffffe,
                                      0xffffffff,
                                      0x100000000,
                                      0x7fffffffffffffff,
                                      0x8000000000000000,
                                      0xffffffffffffffff};
    uint64_t value = values[random_below(state, sizeof values / sizeof *values)];
    size_t form = random_below(state, 9);
    size_t len = 0;
    if (form == 0) { /* A varint. */
        for (; value > 127; value >>= 7) {
            out[len++] = (uint8_t)(value | 0x80);
        }
        out[len++] = (uint8_t)value;
        return len;
    }
    size_t width = (size_t)1 << form % 4;
    for (; len < width; len++) {
        out[len] = (uint8_t)(value >> 8 * (form < 5 ? len : width - 1 - len));
    }
    return len;
}

/* Make one change to `in`, whose room is max_len. */
static void
change(input *in, size_t max_len, const corpus *c, uint64_t *state)
{
    uint8_t octets[16];
    size_t at = random_below(state, in->len + 1);
    size_t left = in->len - at;
    size_t few = random_below(state, left < 16 ? left + 1 : 16);
    const input *other = &c->inputs[random_below(state, c->count)];
    size_t from = random_below(state, other->len + 1);
    size_t len = random_below(state, other->len - from + 1);
    for (size_t i = 0; i < sizeof octets; i++) {
        octets[i] = (uint8_t)random_number(state);
    }
    switch (random_below(state, 10)) {
    case 0:
    case 1:
        if (left > 0) {
            in->data[at] ^= (uint8_t)(1U << random_below(state, 8));
        }
        break;
    case 2:
        if (left > 0) {
            in->data[at] = octets[0];
        }
        break;
    case 3:
        replace(in, max_len, at, 0, octets, 1 + random_below(state, sizeof octets));
        break;
    case 4:
        replace(in, max_len, at, few, octets, 0);
        break;
    case 5:
    case 6:
        len = interesting_octets(state, octets);
        replace(in, max_len, at, len < left ? len : left, octets, len);
        break;
    case 7:
        replace(in, max_len, at, 0, other->data + from, len);
        break;
    case 8:
        replace(in, max_len, at, len < left ? len : left, other->data + from, len);
        break;
    default:
        in->len = at;
        break;
    }
}

/* Give an input to the target, in a block of its own so that its end is where the sanitizer is. */
static bool
run_one(const input *in, size_t fail_at)
{
    current.data = must_resize(NULL, in->len);
    current.len = in->len;
    memcpy(current.data, in->data, in->len);
    fuzz_memory_fail_at(fail_at);
    (void)LLVMFuzzerTestOneInput(current.data, current.len); /* Always 0. */
    free(current.data);
    current = (input){.data = NULL};
    return fuzz_memory_did_fail();
}

static void
run_all(const corpus *c, const options *o)
{
    uint64_t failures = 0;
    for (size_t i = 0; i < c->count; i++) {
        (void)run_one(&c->inputs[i], 0); /* Nothing fails. */
        for (size_t n = 1; n <= FAILURES_MAX && run_one(&c->inputs[i], n); n++) {
            failures++;
        }
    }
    uint64_t state = o->seed;
    input changed = {.data = must_resize(NULL, o->max_len)};
    for (uint64_t run = 0; run < o->runs; run++) {
        const input *start = &c->inputs[random_below(&state, c->count)];
        changed.len = start->len < o->max_len ? start->len : o->max_len;
        memcpy(changed.data, start->data, changed.len);
        for (size_t n = 1 + random_below(&state, CHANGES_MAX); n > 0; n--) {
            change(&changed, o->max_len, c, &state);
        }
        size_t fail_at = random_below(&state, 8) == 0 ? 1 + random_below(&state, 20) : 0;
        (void)run_one(&changed, fail_at); /* Whether it failed does not matter. */
    }
    free(changed.data);
    printf("%zu inputs, %llu times with a failing allocation, %llu times changed\n", c->count,
           (unsigned long long)failures, (unsigned long long)o->runs);
}

int
main(int argc, char **argv)
{
    corpus c = {.count = 0};
    options o = {.seed = 1, .max_len = 4096};
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "-runs=", 6) == 0) {
            o.runs = strtoull(argv[i] + 6, NULL, 10);
        } else if (strncmp(argv[i], "-seed=", 6) == 0) {
            o.seed = strtoull(argv[i] + 6, NULL, 10);
        } else if (strncmp(argv[i], "-max_len=", 9) == 0) {
            o.max_len = strtoull(argv[i] + 9, NULL, 10);
        } else {
            load(&c, argv[i]);
        }
    }
    if (c.count == 0) {
        fprintf(stderr, "usage: %s [-runs=N] [-seed=S] [-max_len=L] PATH...\n", argv[0]);
        return 2;
    }
    keep_input_of_crashes();
    run_all(&c, &o);
    for (size_t i = 0; i < c.count; i++) {
        free(c.inputs[i].data);
    }
    free(c.inputs);
    return 0;
}
