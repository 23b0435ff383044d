/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/fragment.h"

#include "check.h"
#include "failing_allocator.h"
#include "octets.h"

static void
all_fields_are_read(void)
{
    octets o = {0};
    octets_number(&o, 1, 0xdeadbeef);
    octets_number(&o, 2, 3);
    octets_number(&o, 3, 300);
    octets_text(&o, 4, "piece");
    octets_number(&o, 5, 0x01020304);
    nm_fragment f;
    CHECK_EQ(nm_fragment_decode(octets_span(&o), &f, NULL), NM_OK);
    CHECK_EQ(f.id, 0xdeadbeef);
    CHECK_EQ(f.current, 3);
    CHECK_EQ(f.last, 300);
    CHECK_TEXT(f.data.data, f.data.len, "piece");
    CHECK(f.has_crc);
    CHECK_EQ(f.crc, 0x01020304);
    octets_free(&o);
}

static void
the_crc_may_be_absent(void)
{
    octets o = {0};
    octets_number(&o, 1, 1);
    octets_number(&o, 2, 0);
    octets_number(&o, 3, 0);
    octets_text(&o, 4, "");
    nm_fragment f = {.has_crc = true, .crc = 9};
    CHECK_EQ(nm_fragment_decode(octets_span(&o), &f, NULL), NM_OK);
    CHECK(!f.has_crc);
    CHECK_EQ(f.crc, 0);
    CHECK_EQ(f.data.len, 0);
    octets_free(&o);
}

static void
required_fields_are_required(void)
{
    static const char *const names[] = {"id", "current", "last", "fragment"};
    for (uint32_t missing = 1; missing <= 4; missing++) {
        CHECK_CASE(names[missing - 1]);
        octets o = {0};
        for (uint32_t field = 1; field <= 3; field++) {
            if (field != missing) {
                octets_number(&o, field, 1);
            }
        }
        if (missing != 4) {
            octets_text(&o, 4, "x");
        }
        octets_number(&o, 5, 1);
        nm_fragment f = {.id = 77};
        nm_error err = {.code = NM_OK};
        CHECK_EQ(nm_fragment_decode(octets_span(&o), &f, &err), NM_E_PARSE);
        CHECK_EQ(err.code, NM_E_PARSE);
        CHECK_EQ(f.id, 77); /* Written on success only. */
        octets_free(&o);
    }
    CHECK_CASE("no field at all");
    nm_fragment f;
    CHECK_EQ(nm_fragment_decode(nm_span_of(NULL, 0), &f, NULL), NM_E_PARSE);
}

static void
order_repeats_and_unknown_fields(void)
{
    octets o = {0};
    octets_number(&o, 5, 1);
    octets_text(&o, 4, "first");
    octets_number(&o, 6, 6);
    octets_number(&o, 3, (uint64_t)7 << 32 | 9); /* Keeps the low 32 bits. */
    octets_fixed64(&o, 99, 1);
    octets_number(&o, 2, 1);
    octets_put(&o, "\x88\x00\x85\x00", 4); /* id 5, longer than needed. */
    octets_text(&o, 4, "second");
    octets_number(&o, 5, 2);
    nm_fragment f;
    CHECK_EQ(nm_fragment_decode(octets_span(&o), &f, NULL), NM_OK);
    CHECK_EQ(f.id, 5);
    CHECK_EQ(f.current, 1);
    CHECK_EQ(f.last, 9);
    CHECK_TEXT(f.data.data, f.data.len, "second");
    CHECK_EQ(f.crc, 2);
    octets_free(&o);
}

static void
malformed_records_are_refused(void)
{
    static const struct {
        const char *name;
        const char *octets;
        size_t len;
    } rows[] = {
        {"cut tag", "\x80", 1},
        {"cut number", "\x08\xff", 2},
        {"number as octets", "\x0a\x00", 2},
        {"number as fixed number", "\x15\x00\x00\x00\x00", 5},
        {"octets as a number", "\x20\x01", 2},
        {"crc as fixed number", "\x2d\x00\x00\x00\x00", 5},
        {"octets longer than the record", "\x22\x05\x61", 3},
        {"octets of 4 GiB", "\x22\xff\xff\xff\xff\x0f", 6},
        {"field number 0", "\x00\x00", 2},
        {"group", "\x33\x34", 2},
    };
    octets good = {0};
    octets_number(&good, 1, 1);
    octets_number(&good, 2, 0);
    octets_number(&good, 3, 0);
    octets_text(&good, 4, "a");
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        octets o = {0};
        octets_put_span(&o, octets_span(&good));
        octets_put(&o, rows[i].octets, rows[i].len);
        nm_fragment f;
        nm_error err = {.code = NM_OK};
        CHECK_EQ(nm_fragment_decode(octets_span(&o), &f, &err), NM_E_PARSE);
        CHECK_EQ(err.offset, good.len);
        octets_free(&o);
    }
    octets_free(&good);
}

static void
records_are_written_in_ascending_order(void)
{
    octets expected = {0};
    octets_number(&expected, 1, UINT32_MAX);
    octets_number(&expected, 2, 0);
    octets_number(&expected, 3, 65535);
    octets_text(&expected, 4, "piece");
    octets_number(&expected, 5, 0);
    nm_fragment f = {.id = UINT32_MAX,
                     .current = 0,
                     .last = 65535,
                     .has_crc = true,
                     .data = nm_span_of("piece", 5)};
    nm_buffer out;
    nm_buffer_init(&out, 1000, &nm_allocator_heap);
    CHECK_EQ(nm_fragment_encode(&f, &out), NM_OK);
    CHECK_SPAN(nm_buffer_span(&out), octets_span(&expected));

    f.has_crc = false;
    f.data.len = 0;
    nm_fragment back;
    out.len = 0;
    CHECK_EQ(nm_fragment_encode(&f, &out), NM_OK);
    CHECK_EQ(nm_fragment_decode(nm_buffer_span(&out), &back, NULL), NM_OK);
    CHECK(!back.has_crc);
    CHECK_EQ(back.data.len, 0);
    nm_buffer_clear(&out);
    octets_free(&expected);
}

static void
a_buffer_that_is_too_small_is_left_alone(void)
{
    nm_fragment f = {.data = nm_span_of("piece", 5)};
    nm_buffer out;
    nm_buffer_init(&out, 20, &nm_allocator_heap);
    CHECK_EQ(nm_fragment_encode(&f, &out), NM_E_LIMIT);
    CHECK_EQ(out.len, 0);
    nm_buffer_clear(&out);

    f.data.len = SIZE_MAX - 3; /* Sizes must not wrap. */
    nm_buffer_init(&out, SIZE_MAX, &nm_allocator_heap);
    CHECK_EQ(nm_fragment_encode(&f, &out), NM_E_LIMIT);
    nm_buffer_clear(&out);

    failing_allocator memory;
    failing_allocator_init(&memory, 1);
    f.data.len = 5;
    nm_buffer_init(&out, 1000, &memory.allocator);
    CHECK_EQ(nm_fragment_encode(&f, &out), NM_E_NOMEM);
    CHECK_EQ(out.len, 0);
    nm_buffer_clear(&out);
    CHECK_EQ(memory.live, 0);
}

CHECK_MAIN(CHECK_TEST(all_fields_are_read), CHECK_TEST(the_crc_may_be_absent),
           CHECK_TEST(required_fields_are_required), CHECK_TEST(order_repeats_and_unknown_fields),
           CHECK_TEST(malformed_records_are_refused),
           CHECK_TEST(records_are_written_in_ascending_order),
           CHECK_TEST(a_buffer_that_is_too_small_is_left_alone))
