/* SPDX-License-Identifier: Apache-2.0 */
/* The index takes short cuts where fields have their usual form. Here it is held against one that
 * reads every field by the functions that read everything. */
#include "message/index.h"

#include "check.h"
#include "octets.h"

enum { NUMBER, LONG_NUMBER, OCTETS, DOUBLE, NUMBERS, LONG_OCTETSES, FAR, OCTETSES, ROWS };

static const nm_field fields[ROWS] = {
    {1, NM_NAME("number"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL},
    {18, NM_NAME("long_number"), NM_PB_INT64, NM_KIND_INT64, 0, NULL},
    {15, NM_NAME("octets"), NM_PB_BYTES, NM_KIND_BYTES, 0, NULL},
    {2, NM_NAME("double"), NM_PB_DOUBLE, NM_KIND_DOUBLE, 0, NULL},
    {3, NM_NAME("numbers"), NM_PB_UINT64, NM_KIND_UINT64, NM_FIELD_REPEATED, NULL},
    {127, NM_NAME("long_octetses"), NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_REPEATED, NULL},
    {128, NM_NAME("far"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL}, /* Behind the map's end. */
    {5, NM_NAME("octetses"), NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_REPEATED, NULL},
};
static const nm_schema schema = {.vendor = 9, .type = 9, .name = "walk", NM_SCHEMA_FIELDS(fields)};

static bool
is_as_in_table(size_t row, nm_wire_type wire_type, nm_span octets_of_it)
{
    static const nm_wire_type wanted[ROWS] = {
        NM_WIRE_VARINT, NM_WIRE_VARINT, NM_WIRE_BYTES,  NM_WIRE_FIXED64,
        NM_WIRE_VARINT, NM_WIRE_BYTES,  NM_WIRE_VARINT, NM_WIRE_BYTES,
    };
    if (row == NUMBERS && wire_type == NM_WIRE_BYTES) {
        nm_cursor c = nm_cursor_init(octets_of_it);
        while (nm_cursor_left(&c) > 0) {
            (void)nm_pb_varint(&c);
        }
        return !c.has_failed;
    }
    return wire_type == wanted[row];
}

/* The slots as the comment on nm_slot says. @return false when nm_index_build() has to fail. */
static bool
build_slowly(nm_span payload, nm_slot *slots, size_t *ret_offset)
{
    size_t row_before = SIZE_MAX;
    nm_cursor c = nm_cursor_init(payload);
    memset(slots, 0, ROWS * sizeof *slots);
    while (nm_cursor_left(&c) > 0) {
        nm_pb_field field = {.number = 0};
        size_t row = 0;
        *ret_offset = nm_cursor_offset(&c);
        nm_cursor at_value = c;
        (void)nm_pb_varint(&at_value);
        if (!nm_pb_next(&c, &field)) {
            return false;
        }
        while (row < ROWS && fields[row].number != field.number) {
            row++;
        }
        if (row < ROWS && !is_as_in_table(row, field.wire_type, field.bytes)) {
            return false;
        }
        if (row < ROWS && (fields[row].flags & NM_FIELD_REPEATED) == 0) {
            slots[row] = (nm_slot)nm_cursor_offset(&at_value);
        } else if (row < ROWS && slots[row] == 0) {
            slots[row] = (nm_slot)*ret_offset + 1;
        } else if (row < ROWS && row_before != row) {
            slots[row] |= NM_SLOT_SCATTERED;
        }
        row_before = row;
    }
    return true;
}

/* The values of a field of octets are those that stand in the payload, in their order. */
static void
check_octets(nm_span payload, size_t row, nm_slot slot)
{
    nm_cursor c = nm_cursor_init(payload);
    nm_values values = nm_values_begin(&fields[row], payload, slot);
    nm_value value;
    while (nm_cursor_left(&c) > 0) {
        nm_pb_field field = {.number = 0};
        CHECK(nm_pb_next(&c, &field));
        if (field.number == fields[row].number) {
            CHECK(nm_values_next(&values, &value));
            CHECK_SPAN(value.bytes, field.bytes);
            CHECK(value.bytes.data == field.bytes.data);
        }
    }
    CHECK(!nm_values_next(&values, &value));
}

/* @return true if the payload can be indexed. */
static bool
check_payload(nm_span in)
{
    nm_slot slots[ROWS];
    nm_slot expected[ROWS];
    size_t offset = 0;
    nm_error err = {.offset = 0};
    uint8_t *copy = malloc(in.len + 1); /* So that a sanitizer sees what is read behind it. */
    CHECK_OR_EXIT(copy != NULL);
    memcpy(copy + 1, in.data, in.len);
    nm_span payload = nm_span_of(copy + 1, in.len);

    bool is_good = build_slowly(payload, expected, &offset);
    CHECK_EQ(nm_index_build(&schema, payload, slots, &err), is_good ? NM_OK : NM_E_PARSE);
    CHECK_EQ(err.offset, is_good ? 0 : offset);
    for (size_t row = 0; is_good && row < ROWS; row++) {
        CHECK_EQ(slots[row], expected[row]);
    }
    if (is_good) {
        check_octets(payload, OCTETSES, slots[OCTETSES]);
        check_octets(payload, LONG_OCTETSES, slots[LONG_OCTETSES]);
    }
    free(copy);
    return is_good;
}

static void
fields_of_all_forms_are_found(void)
{
    static const struct {
        const char *name;
        const char *octets;
        size_t len;
    } rows[] = {
        {"number of one octet", "\x08\x7f", 2},
        {"number of six octets", "\x08\x80\x80\x80\x80\x80\x01", 7},
        {"number of seven octets", "\x08\x80\x80\x80\x80\x80\x80\x01", 8},
        {"number of ten octets", "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11},
        {"number behind a tag of two octets", "\x90\x01\x80\x80\x80\x80\x80\x01", 8},
        {"longer number behind one", "\x90\x01\x80\x80\x80\x80\x80\x80\x01", 9},
        {"tag longer than needed", "\x88\x00\x05", 3},
        {"tag of three octets", "\x88\x80\x00\x05", 4},
        {"the highest tag of the map", "\xfa\x07\x01x", 4},
        {"the first tag behind it", "\x80\x08\x05", 3},
        {"the highest tag of two octets", "\xf8\x7f\x01", 3},
        {"no octets", "\x7a\x00", 2},
        {"some octets", "\x7a\x05xxxxx", 7},
        {"length of two octets", "\x7a\x85\x00xxxxx", 8},
        {"length of three octets", "\x7a\x80\x80\x00", 4},
        {"double", "\x11\x01\x02\x03\x04\x05\x06\x07\x08", 9},
        {"packed numbers", "\x1a\x03\x01\x80\x01", 5},
        {"numbers one by one", "\x18\x01\x18\x02", 4},
        {"one octets after the other", "\xfa\x07\x01x\xfa\x07\x00", 7},
        {"octets with others between", "\xfa\x07\x01x\x08\x01\xfa\x07\x00", 9},
        {"octets with unknown ones between", "\xfa\x07\x01x\x50\x01\xfa\x07\x00", 9},
        {"two repeated ones in turn", "\x18\x01\xfa\x07\x00\x18\x02\xfa\x07\x00", 10},
        {"short octets one after the other", "\x2a\x01x\x2a\x00\x2a\x80\x00\x2a\x01y", 11},
        {"short octets with others between", "\x2a\x01x\x08\x01\x2a\x01y", 8},
        {"the last of two", "\x08\x01\x08\x02", 4},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        for (size_t around = 0; around < 20; around++) {
            octets o = {0};
            for (size_t k = 0; k < around / 4; k++) {
                octets_number(&o, 99, k);
            }
            octets_put(&o, rows[i].octets, rows[i].len);
            octets_fill(&o, 0x20, 2 * (around % 4)); /* Field 4, which is unknown. */
            CHECK(check_payload(octets_span(&o)));
            octets_free(&o);
        }
    }
}

/* A number as a varint that may be longer than it needs to be. */
static void
put_loose_varint(octets *o, uint64_t value, uint64_t random)
{
    octets_varint(o, value);
    if (random % 8 == 0) {
        o->data[o->len - 1] |= 0x80;
        octets_fill(o, 0x80, random / 8 % 4);
        octets_u8(o, 0);
    }
}

static void
put_random_field(octets *o, uint64_t *ref_random)
{
    static const uint8_t wire_types[] = {NM_WIRE_VARINT, NM_WIRE_FIXED64, NM_WIRE_BYTES,
                                         NM_WIRE_FIXED32};
    uint64_t random = check_random(ref_random);
    uint32_t number = fields[random % ROWS].number;
    unsigned wire_type = number == 2                                   ? NM_WIRE_FIXED64
                         : number == 5 || number == 15 || number > 126 ? NM_WIRE_BYTES
                                                                       : NM_WIRE_VARINT;
    if (number == 128) {
        wire_type = NM_WIRE_VARINT;
    }
    if ((random >> 8) % 8 == 0) {
        number = 100; /* Unknown. */
        wire_type = wire_types[(random >> 16) % 4];
    } else if ((random >> 8) % 8 == 1 && number == 3) {
        wire_type = NM_WIRE_BYTES;
    }
    put_loose_varint(o, (uint64_t)number << 3 | wire_type, random >> 20);
    uint64_t value = check_random(ref_random) >> (random >> 30) % 64;
    switch (wire_type) {
    case NM_WIRE_BYTES: {
        size_t len = value % ((random >> 40) % 16 == 0 ? 300 : 6);
        put_loose_varint(o, len, random >> 50);
        octets_fill(o, 1, len);
        break;
    }
    case NM_WIRE_FIXED64:
        octets_le(o, value, 8);
        break;
    case NM_WIRE_FIXED32:
        octets_le(o, value, 4);
        break;
    default:
        put_loose_varint(o, value, random >> 50);
        break;
    }
}

static void
random_payloads_are_indexed_as_they_read(void)
{
    uint64_t random = 20260727;
    size_t good = 0;
    size_t bad = 0;
    for (int i = 0; i < 30000; i++) {
        octets o = {0};
        size_t count = 1 + check_random(&random) % 6;
        for (size_t k = 0; k < count; k++) {
            put_random_field(&o, &random);
        }
        uint64_t damage = check_random(&random);
        if (damage % 4 == 0) {
            o.len = (damage >> 8) % (o.len + 1);
        } else if (damage % 4 == 1) {
            o.data[(damage >> 8) % o.len] ^= (uint8_t)(1U << (damage >> 24) % 8);
        }
        if (check_payload(octets_span(&o))) {
            good++;
        } else {
            bad++;
        }
        octets_free(&o);
    }
    CHECK(good > 10000);
    CHECK(bad > 2000);
}

CHECK_MAIN(CHECK_TEST(fields_of_all_forms_are_found),
           CHECK_TEST(random_payloads_are_indexed_as_they_read))
