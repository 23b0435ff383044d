/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/payload.h"

#include "check.h"
#include "failing_allocator.h"
#include "octets.h"

/* The four required fields. */
static void
put_required(octets *o)
{
    octets_number(o, 1, 1);
    octets_number(o, 2, 5);
    octets_number(o, 3, 1700000000);
    octets_fixed32(o, 4, 123456789);
}

static void
all_fields_are_read(void)
{
    octets o = {0};
    put_required(&o);
    octets_text(&o, 5, "message");
    octets_number(&o, 7, 0xa1b2c3d4);
    octets_number(&o, 8, 6);
    octets_number(&o, 9, 7);
    nm_payload p;
    CHECK_EQ(nm_payload_decode(octets_span(&o), &p, NULL), NM_OK);
    CHECK_EQ(p.vendor, 1);
    CHECK_EQ(p.type, 5);
    CHECK_EQ(p.time_sec, 1700000000);
    CHECK_EQ(p.time_nsec, 123456789);
    CHECK_TEXT(p.data.data, p.data.len, "message");
    CHECK_EQ(p.source, 0xa1b2c3d4);
    CHECK_EQ(p.operator, 6);
    CHECK_EQ(p.group, 7);
    CHECK_EQ(p.has, NM_HAS_DATA | NM_HAS_SOURCE | NM_HAS_OPERATOR | NM_HAS_GROUP);
    octets_free(&o);
}

static void
absent_optional_fields_are_zero(void)
{
    octets o = {0};
    put_required(&o);
    nm_payload p;
    memset(&p, 0xff, sizeof p);
    CHECK_EQ(nm_payload_decode(octets_span(&o), &p, NULL), NM_OK);
    CHECK_EQ(p.has, 0);
    CHECK_EQ(p.data.len, 0);
    CHECK_EQ(p.source, 0);
    CHECK_EQ(p.operator, 0);
    CHECK_EQ(p.group, 0);
    octets_free(&o);
}

static void
required_fields_are_required(void)
{
    static const char *const names[] = {"vid", "msgtype", "time_sec", "time_nsec"};
    for (uint32_t missing = 1; missing <= 4; missing++) {
        CHECK_CASE(names[missing - 1]);
        octets o = {0};
        for (uint32_t field = 1; field <= 4; field++) {
            if (field == missing) {
                continue;
            }
            if (field == 4) {
                octets_fixed32(&o, field, 1);
            } else {
                octets_number(&o, field, 1);
            }
        }
        octets_text(&o, 5, "x");
        nm_payload p;
        nm_error err = {.code = NM_OK};
        CHECK_EQ(nm_payload_decode(octets_span(&o), &p, &err), NM_E_PARSE);
        CHECK_EQ(err.code, NM_E_PARSE);
        octets_free(&o);
    }
    CHECK_CASE("no field at all");
    nm_payload p;
    CHECK_EQ(nm_payload_decode(nm_span_of(NULL, 0), &p, NULL), NM_E_PARSE);
}

static void
fields_come_in_any_order(void)
{
    octets o = {0};
    octets_number(&o, 9, 7);
    octets_text(&o, 5, "m");
    octets_fixed32(&o, 4, 4);
    octets_number(&o, 3, 3);
    octets_number(&o, 2, 2);
    octets_number(&o, 1, 1);
    nm_payload p;
    CHECK_EQ(nm_payload_decode(octets_span(&o), &p, NULL), NM_OK);
    CHECK_EQ(p.vendor, 1);
    CHECK_EQ(p.type, 2);
    CHECK_EQ(p.time_sec, 3);
    CHECK_EQ(p.time_nsec, 4);
    CHECK_EQ(p.group, 7);
    octets_free(&o);
}

static void
the_last_of_a_repeated_field_counts(void)
{
    octets o = {0};
    octets_number(&o, 1, 99);
    octets_text(&o, 5, "first");
    octets_fixed32(&o, 4, 99);
    put_required(&o);
    octets_text(&o, 5, "second");
    octets_number(&o, 7, 1);
    octets_number(&o, 7, 2);
    nm_payload p;
    CHECK_EQ(nm_payload_decode(octets_span(&o), &p, NULL), NM_OK);
    CHECK_EQ(p.vendor, 1);
    CHECK_EQ(p.time_nsec, 123456789);
    CHECK_TEXT(p.data.data, p.data.len, "second");
    CHECK_EQ(p.source, 2);
    octets_free(&o);
}

static void
unknown_fields_are_skipped(void)
{
    octets o = {0};
    octets_number(&o, 6, 1);
    octets_number(&o, 10, 2);
    octets_text(&o, 6, "unused number, octets");
    octets_fixed32(&o, 1000, 3);
    put_required(&o);
    octets_fixed64(&o, 536870911, 4);
    octets_text(&o, 77, "");
    nm_payload p;
    CHECK_EQ(nm_payload_decode(octets_span(&o), &p, NULL), NM_OK);
    CHECK_EQ(p.has, 0);
    CHECK_EQ(p.vendor, 1);
    octets_free(&o);
}

static void
numbers_of_unusual_form(void)
{
    octets o = {0};
    octets_put(&o, "\x88\x00\x81\x80\x80\x00", 6); /* Tag and value longer than needed. */
    octets_number(&o, 2, 0x1122334455667788);      /* Keeps the low 32 bits. */
    octets_number(&o, 3, (uint64_t)-5);
    octets_fixed32(&o, 4, UINT32_MAX);
    octets_number(&o, 7, 0);
    nm_payload p;
    CHECK_EQ(nm_payload_decode(octets_span(&o), &p, NULL), NM_OK);
    CHECK_EQ(p.vendor, 1);
    CHECK_EQ(p.type, 0x55667788);
    CHECK_EQ(p.time_sec, -5);
    CHECK_EQ(p.time_nsec, UINT32_MAX);
    CHECK_EQ(p.source, 0);
    CHECK_EQ(p.has, NM_HAS_SOURCE); /* A stored zero stays stored. */
    octets_free(&o);
}

static void
a_known_field_of_another_wire_type_is_malformed(void)
{
    static const uint32_t fields[] = {1, 2, 3, 4, 5, 7, 8, 9};
    for (size_t i = 0; i < CHECK_COUNT(fields); i++) {
        for (unsigned wire_type = 0; wire_type <= 5; wire_type++) {
            unsigned wanted = fields[i] == 4 ? 5 : fields[i] == 5 ? 2 : 0;
            octets o = {0};
            put_required(&o);
            size_t offset = o.len;
            octets_varint(&o, fields[i] * 8 + wire_type);
            octets_fill(&o, 0, wire_type == 1 ? 8 : wire_type == 5 ? 4 : 1);
            nm_payload p;
            nm_error err = {.code = NM_OK};
            nm_status status = nm_payload_decode(octets_span(&o), &p, &err);
            CHECK_EQ(status, wire_type == wanted ? NM_OK : NM_E_PARSE);
            CHECK_EQ(err.offset, wire_type == wanted ? 0 : offset);
            octets_free(&o);
        }
    }
}

static void
a_cut_record_is_malformed_or_lacks_a_field(void)
{
    octets o = {0};
    octets_text(&o, 5, "message");
    octets_number(&o, 7, 300);
    put_required(&o);
    nm_payload p;
    for (size_t len = 0; len < o.len; len++) {
        CHECK_EQ(nm_payload_decode(nm_span_of(o.data, len), &p, NULL), NM_E_PARSE);
    }
    CHECK_EQ(nm_payload_decode(octets_span(&o), &p, NULL), NM_OK);
    octets_free(&o);
}

/* In memory of their own, so that a sanitizer sees what is read behind them. */
static nm_status
decode_alone(const uint8_t *in, size_t len, nm_payload *out, nm_error *err)
{
    uint8_t *copy = malloc(len + 1);
    CHECK_OR_EXIT(copy != NULL);
    memcpy(copy + 1, in, len);
    nm_status status = nm_payload_decode(nm_span_of(copy + 1, len), out, err);
    if (status == NM_OK && out->data.data != NULL) {
        out->data.data = in + (out->data.data - (copy + 1));
    }
    free(copy);
    return status;
}

/* The octets say the same with and without an unknown field in front of them. */
static void
check_behind_unknown(const uint8_t *in, size_t len)
{
    enum { ROOM = 64, UNKNOWN_LEN = 2 };
    uint8_t with[ROOM] = {6 << 3, 0};
    nm_payload p = {.has = 0};
    nm_payload behind = {.has = 0};
    nm_error err = {.offset = UNKNOWN_LEN};
    nm_error err_behind = {.offset = 0};
    CHECK_OR_EXIT(len + UNKNOWN_LEN <= ROOM);
    memcpy(with + UNKNOWN_LEN, in, len);

    nm_status status = decode_alone(in, len, &p, &err);
    CHECK_EQ(decode_alone(with, len + UNKNOWN_LEN, &behind, &err_behind), status);
    if (status == NM_OK) {
        CHECK_EQ(p.vendor, behind.vendor);
        CHECK_EQ(p.type, behind.type);
        CHECK_EQ(p.time_sec, behind.time_sec);
        CHECK_EQ(p.time_nsec, behind.time_nsec);
        CHECK_EQ(p.has, behind.has);
        CHECK_SPAN(p.data, behind.data);
    }
    CHECK_TEXT(err.message, strlen(err.message), err_behind.message);
    if (status != NM_OK && err_behind.offset > 0) { /* 0: a field is missing. */
        CHECK_EQ(err.offset + UNKNOWN_LEN, err_behind.offset);
    }
}

static void
what_stands_in_front_changes_nothing(void)
{
    static const uint32_t numbers[] = {0, 1, 127, 128, UINT32_MAX};
    static const int64_t secs[] = {0,           0xfffffff,   0x10000000,  1700000000,
                                   0x52aaaaaaa, 0x7ffffffff, 0x800000000, -1};
    static const uint8_t flips[] = {0x01, 0x08, 0x20, 0x80};
    nm_buffer out;
    nm_buffer_init(&out, SIZE_MAX, &nm_allocator_heap);
    for (size_t i = 0; i < CHECK_COUNT(numbers) * CHECK_COUNT(secs); i++) {
        nm_payload p = {
            .vendor = numbers[i % CHECK_COUNT(numbers)],
            .type = numbers[(i + i / CHECK_COUNT(numbers)) % CHECK_COUNT(numbers)],
            .time_sec = secs[i / CHECK_COUNT(numbers)],
            .time_nsec = 0x2580ff00 + (uint32_t)i,
            .data = nm_span_of("data", 4),
            .has = NM_HAS_DATA,
        };
        out.len = 0;
        CHECK_EQ(nm_payload_encode(&p, &out), NM_OK);
        nm_payload read;
        CHECK_EQ(decode_alone(out.data, out.len, &read, NULL), NM_OK);
        CHECK_EQ(read.vendor, p.vendor);
        CHECK_EQ(read.type, p.type);
        CHECK_EQ(read.time_sec, p.time_sec);
        CHECK_EQ(read.time_nsec, p.time_nsec);
        CHECK_SPAN(read.data, p.data);
        for (size_t len = 0; len <= out.len; len++) {
            check_behind_unknown(out.data, len);
        }
        for (size_t bit = 0; bit < out.len * CHECK_COUNT(flips); bit++) {
            out.data[bit / CHECK_COUNT(flips)] ^= flips[bit % CHECK_COUNT(flips)];
            check_behind_unknown(out.data, out.len);
            out.data[bit / CHECK_COUNT(flips)] ^= flips[bit % CHECK_COUNT(flips)];
        }
    }
    nm_buffer_clear(&out);
}

static void
records_are_written_in_ascending_order(void)
{
    octets expected = {0};
    put_required(&expected);
    octets_text(&expected, 5, "message");
    octets_number(&expected, 7, 0xa1);
    octets_number(&expected, 8, 300);
    octets_number(&expected, 9, UINT32_MAX);
    nm_payload p = {.time_sec = 1700000000,
                    .time_nsec = 123456789,
                    .vendor = 1,
                    .type = 5,
                    .source = 0xa1,
                    .operator = 300,
                    .group = UINT32_MAX,
                    .has = NM_HAS_DATA | NM_HAS_SOURCE | NM_HAS_OPERATOR | NM_HAS_GROUP,
                    .data = nm_span_of("message", 7)};
    nm_buffer out;
    nm_buffer_init(&out, 1000, &nm_allocator_heap);
    CHECK_EQ(nm_payload_encode(&p, &out), NM_OK);
    CHECK_SPAN(nm_buffer_span(&out), octets_span(&expected));
    CHECK_EQ(nm_payload_encoded_len(&p), expected.len);
    nm_buffer_clear(&out);
    octets_free(&expected);
}

static void
only_what_is_there_is_written(void)
{
    octets expected = {0};
    put_required(&expected);
    octets_text(&expected, 5, "");
    octets_number(&expected, 8, 0);
    nm_payload p = {.time_sec = 1700000000,
                    .time_nsec = 123456789,
                    .vendor = 1,
                    .type = 5,
                    .source = 5, /* Not marked as there. */
                    .has = NM_HAS_DATA | NM_HAS_OPERATOR};
    nm_buffer out;
    nm_buffer_init(&out, 1000, &nm_allocator_heap);
    CHECK_EQ(nm_payload_encode(&p, &out), NM_OK);
    CHECK_SPAN(nm_buffer_span(&out), octets_span(&expected));
    nm_buffer_clear(&out);
    octets_free(&expected);
}

static void
put_all(octets *o)
{
    put_required(o);
    octets_text(o, 5, "message");
    octets_number(o, 7, 1);
    octets_number(o, 8, 300);
    octets_number(o, 9, UINT32_MAX);
}

static void
put_out_of_order(octets *o)
{
    put_required(o);
    octets_number(o, 7, 1);
    octets_text(o, 5, "message");
}

static void
put_twice(octets *o)
{
    put_required(o);
    octets_number(o, 7, 1);
    octets_number(o, 7, 1);
}

static void
put_unknown(octets *o)
{
    put_required(o);
    octets_number(o, 10, 1);
}

static void
put_long_number(octets *o)
{
    put_required(o);
    octets_put(o, "\x38\x81\x00", 3); /* Field 7, 1 in two octets. */
}

static void
put_long_time(octets *o)
{
    octets_put(o, "\x08\x01\x10\x05\x18\x81\x80\x80\x80\x00\x25\x00\x00\x00\x00", 15);
}

static void
put_too_large_number(octets *o)
{
    put_required(o);
    octets_number(o, 7, UINT64_C(0x100000001));
}

static void
a_record_is_kept_if_it_would_be_written_so(void)
{
    static const struct {
        const char *name;
        void (*put)(octets *o);
        bool is_kept;
    } rows[] = {
        {"required fields", put_required, true},
        {"all fields", put_all, true},
        {"out of order", put_out_of_order, false},
        {"a field twice", put_twice, false},
        {"an unknown field", put_unknown, false},
        {"a number longer than need be", put_long_number, false},
        {"a time longer than need be", put_long_time, false},
        {"a number of more than 32 bits", put_too_large_number, false},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        octets o = {0};
        nm_payload p;
        nm_buffer out;
        CHECK_CASE(rows[i].name);
        rows[i].put(&o);
        CHECK_EQ(nm_payload_decode(octets_span(&o), &p, NULL), NM_OK);
        CHECK_EQ(p.record.len, rows[i].is_kept ? o.len : 0);
        nm_buffer_init(&out, 1000, &nm_allocator_heap);
        size_t len = nm_payload_encoded_len(&p);
        CHECK_EQ(nm_payload_encode(&p, &out), NM_OK);
        CHECK_EQ(out.len, len);
        p.record.len = 0;
        CHECK_EQ(nm_payload_encoded_len(&p), len);
        CHECK_EQ(nm_payload_encode(&p, &out), NM_OK); /* Once more, behind the first. */
        CHECK_SPAN(nm_span_of(out.data, len), nm_span_of(out.data + len, out.len - len));
        nm_buffer_clear(&out);
        octets_free(&o);
    }
}

static uint64_t
random_size(uint64_t *random)
{
    uint64_t bits = check_random(random) % 65;
    uint64_t value = check_random(random);
    return bits == 0 ? 0 : value >> (64 - bits);
}

static void
random_records_come_back(void)
{
    static uint8_t message[40000];
    uint64_t random = 17;
    nm_buffer out;
    nm_buffer_init(&out, 100000, &nm_allocator_heap);
    for (int i = 0; i < 5000; i++) {
        nm_payload p = {.time_sec = (int64_t)random_size(&random),
                        .time_nsec = (uint32_t)random_size(&random),
                        .vendor = (uint32_t)random_size(&random),
                        .type = (uint32_t)random_size(&random),
                        .has = (unsigned)check_random(&random) & 15};
        p.source = (p.has & NM_HAS_SOURCE) != 0 ? (uint32_t)random_size(&random) : 0;
        p.operator = (p.has & NM_HAS_OPERATOR) != 0 ? (uint32_t)random_size(&random) : 0;
        p.group = (p.has & NM_HAS_GROUP) != 0 ? (uint32_t)random_size(&random) : 0;
        if ((p.has & NM_HAS_DATA) != 0) {
            p.data = nm_span_of(message, random_size(&random) % (i % 50 == 0 ? 40000 : 300));
        }
        nm_payload back;
        out.len = 0;
        CHECK_EQ(nm_payload_encode(&p, &out), NM_OK);
        CHECK_EQ(nm_payload_encoded_len(&p), out.len);
        CHECK_EQ(nm_payload_decode(nm_buffer_span(&out), &back, NULL), NM_OK);
        CHECK_EQ(back.time_sec, p.time_sec);
        CHECK_EQ(back.time_nsec, p.time_nsec);
        CHECK_EQ(back.vendor, p.vendor);
        CHECK_EQ(back.type, p.type);
        CHECK_EQ(back.source, p.source);
        CHECK_EQ(back.operator, p.operator);
        CHECK_EQ(back.group, p.group);
        CHECK_EQ(back.has, p.has);
        CHECK_SPAN(back.data, p.data);
    }
    nm_buffer_clear(&out);
}

static void
a_buffer_that_is_too_small_is_left_alone(void)
{
    nm_payload p = {.has = NM_HAS_DATA, .data = nm_span_of("message", 7)};
    nm_buffer out;
    nm_buffer_init(&out, 30, &nm_allocator_heap);
    CHECK_EQ(nm_buffer_append(&out, nm_span_of("before", 6)), NM_OK);
    CHECK_EQ(nm_payload_encode(&p, &out), NM_E_LIMIT);
    CHECK_TEXT(out.data, out.len, "before");
    nm_buffer_clear(&out);

    p.data.len = SIZE_MAX; /* Sizes must not wrap. */
    nm_buffer_init(&out, SIZE_MAX, &nm_allocator_heap);
    CHECK_EQ(nm_payload_encode(&p, &out), NM_E_LIMIT);
    nm_buffer_clear(&out);
}

static void
no_memory_is_reported(void)
{
    failing_allocator memory;
    failing_allocator_init(&memory, 1);
    nm_payload p = {.vendor = 1};
    nm_buffer out;
    nm_buffer_init(&out, 1000, &memory.allocator);
    CHECK_EQ(nm_payload_encode(&p, &out), NM_E_NOMEM);
    CHECK_EQ(out.len, 0);
    CHECK_EQ(nm_payload_encode(&p, &out), NM_OK);
    nm_buffer_clear(&out);
    CHECK_EQ(memory.live, 0);
}

CHECK_MAIN(CHECK_TEST(all_fields_are_read), CHECK_TEST(absent_optional_fields_are_zero),
           CHECK_TEST(required_fields_are_required), CHECK_TEST(fields_come_in_any_order),
           CHECK_TEST(the_last_of_a_repeated_field_counts), CHECK_TEST(unknown_fields_are_skipped),
           CHECK_TEST(numbers_of_unusual_form),
           CHECK_TEST(a_known_field_of_another_wire_type_is_malformed),
           CHECK_TEST(a_cut_record_is_malformed_or_lacks_a_field),
           CHECK_TEST(what_stands_in_front_changes_nothing),
           CHECK_TEST(a_record_is_kept_if_it_would_be_written_so),
           CHECK_TEST(records_are_written_in_ascending_order),
           CHECK_TEST(only_what_is_there_is_written), CHECK_TEST(random_records_come_back),
           CHECK_TEST(a_buffer_that_is_too_small_is_left_alone), CHECK_TEST(no_memory_is_reported))
