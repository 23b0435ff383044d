/* SPDX-License-Identifier: Apache-2.0 */
#include "base/writer.h"

#include "check.h"
#include "failing_allocator.h"

static nm_span
text(const char *s)
{
    return nm_span_of(s, strlen(s));
}

static void
everything_stands_behind_what_was_there(void)
{
    nm_buffer b;
    nm_buffer_init(&b, 1000, &nm_allocator_heap);
    CHECK_EQ(nm_buffer_append(&b, text("> ")), NM_OK);
    nm_writer w = nm_writer_begin(&b);
    nm_writer_literal(&w, "a=");
    nm_writer_u64(&w, UINT64_MAX);
    nm_writer_octet(&w, ' ');
    nm_writer_i64(&w, INT64_MIN);
    nm_writer_text(&w, " and ");
    nm_writer_span(&w, text("more "));
    nm_writer_hex(&w, 0x0a);
    nm_writer_hex(&w, 0xff);
    CHECK_EQ(nm_writer_len(&w), 57);
    CHECK_EQ(nm_writer_end(&w), NM_OK);
    CHECK_SPAN(nm_buffer_span(&b),
               text("> a=18446744073709551615 -9223372036854775808 and more 0aff"));
    nm_buffer_clear(&b);
}

static void
nothing_written_needs_no_memory(void)
{
    nm_buffer b;
    nm_buffer_init(&b, 10, &nm_allocator_heap);
    nm_writer w = nm_writer_begin(&b);
    nm_writer_put(&w, NULL, 0);
    nm_writer_cut(&w, 0);
    CHECK_EQ(nm_writer_len(&w), 0);
    CHECK_EQ(nm_writer_end(&w), NM_OK);
    CHECK_EQ(b.len, 0);
    nm_buffer_clear(&b);
}

static void
what_is_written_survives_growing(void)
{
    nm_buffer b;
    nm_buffer_init(&b, 100000, &nm_allocator_heap);
    nm_writer w = nm_writer_begin(&b);
    for (unsigned i = 0; i < 10000; i++) {
        nm_writer_octet(&w, (uint8_t)(i * 13));
    }
    CHECK_EQ(nm_writer_end(&w), NM_OK);
    CHECK_EQ(b.len, 10000);
    unsigned wrong = 0;
    for (unsigned i = 0; i < 10000; i++) {
        wrong += b.data[i] != (uint8_t)(i * 13);
    }
    CHECK_EQ(wrong, 0);
    nm_buffer_clear(&b);
}

static void
the_end_can_be_taken_back(void)
{
    nm_buffer b;
    nm_buffer_init(&b, 100, &nm_allocator_heap);
    CHECK_EQ(nm_buffer_append(&b, text("[")), NM_OK);
    nm_writer w = nm_writer_begin(&b);
    nm_writer_literal(&w, "1, 2, ");
    nm_writer_cut(&w, nm_writer_len(&w) - 2);
    nm_writer_cut(&w, 50); /* There is not so much. */
    nm_writer_octet(&w, ']');
    CHECK_EQ(nm_writer_end(&w), NM_OK);
    CHECK_SPAN(nm_buffer_span(&b), text("[1, 2]"));
    nm_buffer_clear(&b);
}

static void
a_failure_leaves_the_buffer_as_it_was(void)
{
    nm_buffer b;
    nm_buffer_init(&b, 70, &nm_allocator_heap);
    CHECK_EQ(nm_buffer_append(&b, text("kept")), NM_OK);
    nm_writer w = nm_writer_begin(&b);
    for (unsigned i = 0; i < 67; i++) {
        nm_writer_octet(&w, 'x');
    }
    nm_writer_u64(&w, 1);
    nm_writer_literal(&w, "y");
    nm_writer_cut(&w, 0);
    CHECK(nm_writer_room(&w, 0) == NULL);
    CHECK_EQ(nm_writer_len(&w), 0);
    CHECK_EQ(nm_writer_end(&w), NM_E_LIMIT);
    CHECK_SPAN(nm_buffer_span(&b), text("kept"));
    nm_buffer_clear(&b);
}

static void
the_first_failure_is_the_one_that_is_told(void)
{
    nm_buffer b;
    nm_buffer_init(&b, 10, &nm_allocator_heap);
    nm_writer w = nm_writer_begin(&b);
    nm_writer_fail(&w, NM_E_PARSE);
    nm_writer_fail(&w, NM_E_LIMIT);
    nm_writer_literal(&w, "x");
    CHECK_EQ(nm_writer_end(&w), NM_E_PARSE);
    CHECK_EQ(b.len, 0);
    nm_buffer_clear(&b);
}

static void
missing_memory_is_told(void)
{
    failing_allocator memory;
    failing_allocator_init(&memory, 1);
    nm_buffer b;
    nm_buffer_init(&b, 1000, &memory.allocator);
    nm_writer w = nm_writer_begin(&b);
    nm_writer_literal(&w, "x");
    CHECK_EQ(nm_writer_end(&w), NM_E_NOMEM);
    nm_buffer_clear(&b);
}

CHECK_MAIN(CHECK_TEST(everything_stands_behind_what_was_there),
           CHECK_TEST(nothing_written_needs_no_memory),
           CHECK_TEST(what_is_written_survives_growing), CHECK_TEST(the_end_can_be_taken_back),
           CHECK_TEST(a_failure_leaves_the_buffer_as_it_was),
           CHECK_TEST(the_first_failure_is_the_one_that_is_told),
           CHECK_TEST(missing_memory_is_told))
