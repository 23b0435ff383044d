/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/protobuf.h"

#include "check.h"
#include "octets.h"

static const struct {
    const char *name;
    const char *octets;
    size_t len;
    uint64_t value;
} varints[] = {
    {"0", "\x00", 1, 0},
    {"127", "\x7f", 1, 127},
    {"128", "\x80\x01", 2, 128},
    {"300", "\xac\x02", 2, 300},
    {"16383", "\xff\x7f", 2, 16383},
    {"16384", "\x80\x80\x01", 3, 16384},
    {"the most in 32 bits", "\xff\xff\xff\xff\x0f", 5, UINT32_MAX},
    {"the least beyond 32 bits", "\x80\x80\x80\x80\x10", 5, 1ULL << 32},
    {"the least that needs ten octets", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 10, 1ULL << 63},
    {"the most in 64 bits", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, UINT64_MAX},
};

static void
varints_are_read_and_written(void)
{
    for (size_t i = 0; i < CHECK_COUNT(varints); i++) {
        CHECK_CASE(varints[i].name);
        nm_cursor c = nm_cursor_init(nm_span_of(varints[i].octets, varints[i].len));
        CHECK_EQ(nm_pb_varint(&c), varints[i].value);
        CHECK_EQ(nm_cursor_left(&c), 0);
        CHECK(!c.has_failed);

        uint8_t out[NM_VARINT_MAX];
        uint8_t *end = nm_pb_put_varint(out, varints[i].value);
        CHECK_SPAN(nm_span_of(out, (size_t)(end - out)),
                   nm_span_of(varints[i].octets, varints[i].len));
        CHECK_EQ(nm_pb_varint_len(varints[i].value), varints[i].len);
    }
}

static void
a_cut_varint_fails(void)
{
    for (size_t i = 0; i < CHECK_COUNT(varints); i++) {
        for (size_t len = 0; len < varints[i].len; len++) {
            nm_cursor c = nm_cursor_init(nm_span_of(varints[i].octets, len));
            CHECK_EQ(nm_pb_varint(&c), 0);
            CHECK(c.has_failed);
        }
    }
}

static void
varints_of_unusual_form(void)
{
    static const struct {
        const char *name;
        const char *octets;
        size_t len;
        uint64_t value;
        bool fails;
    } rows[] = {
        {"zero in two octets", "\x80\x00", 2, 0, false},
        {"one in five octets", "\x81\x80\x80\x80\x00", 5, 1, false},
        {"one in ten octets", "\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00", 10, 1, false},
        {"bits above 64 are dropped", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10, UINT64_MAX,
         false},
        {"eleven octets", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11, 0, true},
        {"no end", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, 0, true},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_cursor c = nm_cursor_init(nm_span_of(rows[i].octets, rows[i].len));
        CHECK_EQ(nm_pb_varint(&c), rows[i].value);
        CHECK_EQ(c.has_failed, rows[i].fails);
    }
}

static void
lengths_of_all_sizes_agree_with_the_encoder(void)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        for (uint64_t less = 0; less <= 1; less++) {
            uint8_t out[NM_VARINT_MAX];
            uint64_t value = ((uint64_t)1 << bit) - less;
            CHECK_EQ(nm_pb_put_varint(out, value) - out, nm_pb_varint_len(value));
            nm_cursor c = nm_cursor_init(nm_span_of(out, nm_pb_varint_len(value)));
            CHECK_EQ(nm_pb_varint(&c), value);
        }
    }
}

static void
fields_of_all_wire_types_are_read(void)
{
    octets o = {0};
    octets_number(&o, 1, 300);
    octets_fixed64(&o, 2, 0x1122334455667788);
    octets_text(&o, 15, "text");
    octets_fixed32(&o, 16, 0xaabbccdd);
    octets_text(&o, 536870911, "");
    nm_cursor c = nm_cursor_init(octets_span(&o));
    nm_pb_field field = {.number = 0};

    CHECK(nm_pb_next(&c, &field));
    CHECK_EQ(field.number, 1);
    CHECK_EQ(field.wire_type, NM_WIRE_VARINT);
    CHECK_EQ(field.value, 300);
    CHECK(nm_pb_next(&c, &field));
    CHECK_EQ(field.number, 2);
    CHECK_EQ(field.wire_type, NM_WIRE_FIXED64);
    CHECK_EQ(field.value, 0x1122334455667788);
    CHECK(nm_pb_next(&c, &field));
    CHECK_EQ(field.number, 15);
    CHECK_EQ(field.wire_type, NM_WIRE_BYTES);
    CHECK_TEXT(field.bytes.data, field.bytes.len, "text");
    CHECK_EQ(field.value, 0);
    CHECK(nm_pb_next(&c, &field));
    CHECK_EQ(field.number, 16);
    CHECK_EQ(field.wire_type, NM_WIRE_FIXED32);
    CHECK_EQ(field.value, 0xaabbccdd);
    CHECK_EQ(field.bytes.len, 0);
    CHECK(nm_pb_next(&c, &field));
    CHECK_EQ(field.number, 536870911);
    CHECK_EQ(field.bytes.len, 0);
    CHECK_EQ(nm_cursor_left(&c), 0);
    octets_free(&o);
}

static void
malformed_fields_fail(void)
{
    static const struct {
        const char *name;
        const char *octets;
        size_t len;
    } rows[] = {
        {"tag without value", "\x08", 1},
        {"cut tag", "\x80", 1},
        {"cut varint", "\x08\x80", 2},
        {"cut 32-bit value", "\x0d\x01\x02\x03", 4},
        {"cut 64-bit value", "\x09\x01\x02\x03\x04\x05\x06\x07", 8},
        {"octets without length", "\x0a", 1},
        {"octets cut", "\x0a\x02\x61", 3},
        {"length of 4 GiB", "\x0a\xff\xff\xff\xff\x0f", 6},
        {"length of 64 bits", "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},
        {"length of eleven octets", "\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 12},
        {"group start", "\x0b\x0c", 2},
        {"group end", "\x0c", 1},
        {"wire type 6", "\x0e\x00", 2},
        {"wire type 7", "\x0f\x00", 2},
        {"field number 0", "\x00\x00", 2},
        {"field number 0 with octets", "\x02\x00", 2},
        {"tag above 32 bits", "\x88\x80\x80\x80\x10\x00", 6},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_cursor c = nm_cursor_init(nm_span_of(rows[i].octets, rows[i].len));
        nm_pb_field field;
        CHECK(!nm_pb_next(&c, &field));
        CHECK(c.has_failed);
        CHECK_EQ(nm_cursor_left(&c), 0); /* So a loop over the rest ends. */
    }
}

static void
tags_and_fixed_numbers_are_written(void)
{
    uint8_t out[32];
    uint8_t *end = nm_pb_put_tag(out, 1, NM_WIRE_VARINT);
    end = nm_pb_put_tag(end, 16, NM_WIRE_BYTES);
    end = nm_pb_put_fixed32(end, 0x01020304);
    end = nm_pb_put_fixed64(end, 0x1112131415161718);
    CHECK_SPAN(nm_span_of(out, (size_t)(end - out)),
               nm_span_of("\x08\x82\x01\x04\x03\x02\x01\x18\x17\x16\x15\x14\x13\x12\x11", 15));
}

CHECK_MAIN(CHECK_TEST(varints_are_read_and_written), CHECK_TEST(a_cut_varint_fails),
           CHECK_TEST(varints_of_unusual_form),
           CHECK_TEST(lengths_of_all_sizes_agree_with_the_encoder),
           CHECK_TEST(fields_of_all_wire_types_are_read), CHECK_TEST(malformed_fields_fail),
           CHECK_TEST(tags_and_fixed_numbers_are_written))
