/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include "check.h"
#include "failing_allocator.h"

static void
a_new_buffer_is_empty_and_has_no_memory(void)
{
    nm_buffer b;
    nm_buffer_init(&b, 100, &nm_allocator_heap);
    CHECK_EQ(b.len, 0);
    CHECK_EQ(b.cap, 0);
    CHECK(b.data == NULL);
    CHECK_EQ(nm_buffer_span(&b).len, 0);
    nm_buffer_clear(&b);
}

static void
appended_octets_stand_one_behind_the_other(void)
{
    nm_buffer b;
    nm_buffer_init(&b, 10000, &nm_allocator_heap);
    uint8_t expected[3000];
    for (size_t i = 0; i < sizeof expected; i++) {
        expected[i] = (uint8_t)(i * 7);
    }
    for (size_t i = 0; i < sizeof expected; i += 30) {
        CHECK_EQ(nm_buffer_append(&b, nm_span_of(expected + i, 30)), NM_OK);
    }
    CHECK_SPAN(nm_buffer_span(&b), nm_span_of(expected, sizeof expected));
    nm_buffer_clear(&b);
}

static void
the_maximum_can_be_reached_but_not_passed(void)
{
    static const size_t maxima[] = {1, 63, 64, 65, 100, 1000};
    uint8_t octet = 'a';
    for (size_t i = 0; i < CHECK_COUNT(maxima); i++) {
        nm_buffer b;
        nm_buffer_init(&b, maxima[i], &nm_allocator_heap);
        for (size_t k = 0; k < maxima[i]; k++) {
            CHECK_EQ(nm_buffer_append(&b, nm_span_of(&octet, 1)), NM_OK);
        }
        CHECK_EQ(nm_buffer_append(&b, nm_span_of(&octet, 1)), NM_E_LIMIT);
        CHECK_EQ(b.len, maxima[i]);
        CHECK(b.cap <= maxima[i]);
        nm_buffer_clear(&b);
    }
}

static void
a_reserve_that_would_overflow_is_refused(void)
{
    nm_buffer b;
    nm_buffer_init(&b, SIZE_MAX, &nm_allocator_heap);
    CHECK_EQ(nm_buffer_append(&b, nm_span_of("abc", 3)), NM_OK);
    CHECK_EQ(nm_buffer_reserve(&b, SIZE_MAX), NM_E_LIMIT);
    CHECK_EQ(nm_buffer_reserve(&b, SIZE_MAX - 2), NM_E_LIMIT);
    CHECK_TEXT(b.data, b.len, "abc");
    nm_buffer_clear(&b);
}

static void
nothing_can_be_appended_to_nothing(void)
{
    nm_buffer b;
    nm_buffer_init(&b, 0, &nm_allocator_heap);
    CHECK_EQ(nm_buffer_append(&b, nm_span_of(NULL, 0)), NM_OK);
    CHECK_EQ(nm_buffer_reserve(&b, 0), NM_OK);
    CHECK_EQ(nm_buffer_append(&b, nm_span_of("a", 1)), NM_E_LIMIT);
    nm_buffer_clear(&b);
}

static void
a_failed_reserve_leaves_the_content(void)
{
    failing_allocator memory;
    failing_allocator_init(&memory, 2);
    nm_buffer b;
    nm_buffer_init(&b, 10000, &memory.allocator);
    CHECK_EQ(nm_buffer_append(&b, nm_span_of("content", 7)), NM_OK);
    CHECK_EQ(nm_buffer_reserve(&b, 5000), NM_E_NOMEM);
    CHECK_TEXT(b.data, b.len, "content");
    CHECK_EQ(nm_buffer_reserve(&b, 5000), NM_OK);
    CHECK_TEXT(b.data, b.len, "content");
    nm_buffer_clear(&b);
    CHECK_EQ(memory.live, 0);
}

static void
a_cleared_buffer_can_be_used_again(void)
{
    failing_allocator memory;
    failing_allocator_init(&memory, 0);
    nm_buffer b;
    nm_buffer_init(&b, 100, &memory.allocator);
    CHECK_EQ(nm_buffer_append(&b, nm_span_of("one", 3)), NM_OK);
    nm_buffer_clear(&b);
    CHECK_EQ(memory.live, 0);
    CHECK_EQ(b.len, 0);
    CHECK_EQ(nm_buffer_append(&b, nm_span_of("two", 3)), NM_OK);
    CHECK_TEXT(b.data, b.len, "two");
    nm_buffer_clear(&b);
    CHECK_EQ(memory.live, 0);
}

static void
a_zeroed_struct_can_be_cleared(void)
{
    nm_buffer b = {.data = NULL};
    nm_buffer_clear(&b);
    CHECK_EQ(b.len, 0);
}

CHECK_MAIN(CHECK_TEST(a_new_buffer_is_empty_and_has_no_memory),
           CHECK_TEST(appended_octets_stand_one_behind_the_other),
           CHECK_TEST(the_maximum_can_be_reached_but_not_passed),
           CHECK_TEST(a_reserve_that_would_overflow_is_refused),
           CHECK_TEST(nothing_can_be_appended_to_nothing),
           CHECK_TEST(a_failed_reserve_leaves_the_content),
           CHECK_TEST(a_cleared_buffer_can_be_used_again),
           CHECK_TEST(a_zeroed_struct_can_be_cleared))
