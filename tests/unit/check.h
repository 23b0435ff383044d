/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests that print TAP (test anything protocol), one point per test or per row of its table.
 *
 *   static void
 *   short_input_is_refused(void)
 *   {
 *       for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
 *           CHECK_CASE(rows[i].name);
 *           CHECK_EQ(parse(rows[i].in), rows[i].status);
 *       }
 *   }
 *   CHECK_MAIN(CHECK_TEST(short_input_is_refused))
 *
 * A failed check is told with its place and values; the test goes on. */
#ifndef NM_TESTS_UNIT_CHECK_H
#define NM_TESTS_UNIT_CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"

/** One test function and its name. */
typedef struct check_test {
    const char *name;
    void (*run)(void);
} check_test;

/** The point that is being worked on, and the counts so far. */
static struct check_state {
    const char *test_name;
    const char *case_name;  /**< NULL outside tables. */
    unsigned checks;        /**< Of the current point. */
    unsigned failed_checks; /**< Of the current point. */
    unsigned points;
    unsigned failed_points;
} check_state;

/** Items of an array. */
#define CHECK_COUNT(array) (sizeof(array) / sizeof *(array))

#define CHECK_TEST(function) {#function, function}

/** The main function: runs the CHECK_TEST() given. */
#define CHECK_MAIN(...)                                                                            \
    int main(void)                                                                                 \
    {                                                                                              \
        static const check_test tests[] = {__VA_ARGS__};                                           \
        return check_run(tests, CHECK_COUNT(tests));                                               \
    }

/** From here on a new point, named after a row of a table. */
#define CHECK_CASE(name) check_begin(check_state.test_name, (name))

#define CHECK(condition) check_true((condition), #condition, __FILE__, __LINE__)

/** The same, where nothing that follows makes sense otherwise: ends the program. */
#define CHECK_OR_EXIT(condition)                                                                   \
    do {                                                                                           \
        bool check_is_true = (condition);                                                          \
        check_true(check_is_true, #condition, __FILE__, __LINE__);                                 \
        if (!check_is_true) {                                                                      \
            printf("Bail out!\n");                                                                 \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/** Integers (and enums) that must be equal. */
#define CHECK_EQ(actual, expected)                                                                 \
    check_equal((uint64_t)(actual), (uint64_t)(expected), #actual, __FILE__, __LINE__)

/** Spans with the same octets. */
#define CHECK_SPAN(actual, expected) check_span((actual), (expected), #actual, __FILE__, __LINE__)

/** `len` octets at `data` that spell the C string `expected`. */
#define CHECK_TEXT(data, len, expected)                                                            \
    check_span(nm_span_of((data), (len)), nm_span_of((expected), strlen(expected)), #data,         \
               __FILE__, __LINE__)

/* The name of a row, which may be any text: what TAP or XML would take amiss as a number. */
static inline void
check_print_case_name(void)
{
    printf(": ");
    for (const char *c = check_state.case_name; *c != '\0'; c++) {
        bool is_plain = *c >= ' ' && *c < 0x7f && *c != '#';
        printf(is_plain ? "%c" : "\\x%02x", (unsigned char)*c);
    }
}

static inline void
check_end(void)
{
    check_state.points++;
    check_state.failed_points += check_state.failed_checks > 0;
    printf("%s %u - %s", check_state.failed_checks > 0 ? "not ok" : "ok", check_state.points,
           check_state.test_name);
    if (check_state.case_name != NULL) {
        check_print_case_name();
    }
    printf("\n");
    fflush(stdout); /* A child that is forked later must not print it again. */
}

static inline void
check_begin(const char *test_name, const char *case_name)
{
    if (check_state.checks > 0) { /* Not so where a table begins: its rows are the points. */
        check_end();
    }
    check_state.test_name = test_name;
    check_state.case_name = case_name;
    check_state.checks = 0;
    check_state.failed_checks = 0;
}

static inline void
check_true(bool is_true, const char *what, const char *file, int line)
{
    check_state.checks++;
    if (!is_true) {
        check_state.failed_checks++;
        printf("# %s:%d: not true: %s\n", file, line, what);
    }
}

static inline void
check_equal(uint64_t actual, uint64_t expected, const char *what, const char *file, int line)
{
    check_state.checks++;
    if (actual != expected) {
        check_state.failed_checks++;
        printf("# %s:%d: %s is %" PRId64 " (0x%" PRIx64 "), not %" PRId64 " (0x%" PRIx64 ")\n",
               file, line, what, (int64_t)actual, actual, (int64_t)expected, expected);
    }
}

static inline void
check_span(nm_span actual, nm_span expected, const char *what, const char *file, int line)
{
    check_state.checks++;
    if (nm_span_equal(actual, expected)) {
        return;
    }
    check_state.failed_checks++;
    size_t common = actual.len < expected.len ? actual.len : expected.len;
    size_t same = 0;
    while (same < common && actual.data[same] == expected.data[same]) {
        same++;
    }
    printf("# %s:%d: %s has %zu octets, not %zu; the first difference is at %zu", file, line, what,
           actual.len, expected.len, same);
    if (actual.len <= 80) {
        printf(":");
        for (size_t i = 0; i < actual.len; i++) {
            printf(actual.data[i] > ' ' && actual.data[i] < 0x7f ? " %c" : " %02x", actual.data[i]);
        }
    }
    printf("\n");
}

static inline int
check_run(const check_test *tests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_begin(tests[i].name, NULL);
        tests[i].run();
        if (check_state.checks == 0) {
            check_true(false, "the test checks something", __FILE__, __LINE__);
        }
    }
    check_end();
    printf("1..%u\n", check_state.points);
    return check_state.failed_points > 0 ? 1 : 0;
}

/** A small generator of numbers for tests that need many (xorshift, Marsaglia 2003). */
static inline uint64_t
check_random(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    *state = x;
    return x;
}

#endif
