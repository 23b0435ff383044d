/* SPDX-License-Identifier: Apache-2.0 */
#include "message/index.h"

#include "check.h"
#include "failing_allocator.h"
#include "message/registry.h"
#include "octets.h"

/* A table with every way to encode, each singular and repeated. */
enum {
    UINT32,
    UINT64,
    INT32,
    INT64,
    ENUM,
    BOOL,
    DOUBLE,
    BYTES,
    UINT32S,
    UINT64S,
    INT32S,
    INT64S,
    ENUMS,
    BOOLS,
    DOUBLES,
    BYTESES,
    ROWS,
};

static const nm_enum no_symbols = {.values = NULL, .count = 0};

static const nm_field fields[ROWS] = {
    {1, NM_NAME("uint32"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL},
    {2, NM_NAME("uint64"), NM_PB_UINT64, NM_KIND_UINT64, 0, NULL},
    {3, NM_NAME("int32"), NM_PB_INT32, NM_KIND_INT32, 0, NULL},
    {4, NM_NAME("int64"), NM_PB_INT64, NM_KIND_INT64, 0, NULL},
    {5, NM_NAME("enum"), NM_PB_ENUM, NM_KIND_ENUM, 0, &no_symbols},
    {6, NM_NAME("bool"), NM_PB_BOOL, NM_KIND_BOOL, 0, NULL},
    {7, NM_NAME("double"), NM_PB_DOUBLE, NM_KIND_DOUBLE, 0, NULL},
    {8, NM_NAME("bytes"), NM_PB_BYTES, NM_KIND_BYTES, 0, NULL},
    {21, NM_NAME("uint32s"), NM_PB_UINT32, NM_KIND_UINT32, NM_FIELD_REPEATED, NULL},
    {22, NM_NAME("uint64s"), NM_PB_UINT64, NM_KIND_UINT64, NM_FIELD_REPEATED, NULL},
    {23, NM_NAME("int32s"), NM_PB_INT32, NM_KIND_INT32, NM_FIELD_REPEATED, NULL},
    {24, NM_NAME("int64s"), NM_PB_INT64, NM_KIND_INT64, NM_FIELD_REPEATED, NULL},
    {25, NM_NAME("enums"), NM_PB_ENUM, NM_KIND_ENUM, NM_FIELD_REPEATED, &no_symbols},
    {26, NM_NAME("bools"), NM_PB_BOOL, NM_KIND_BOOL, NM_FIELD_REPEATED, NULL},
    {27, NM_NAME("doubles"), NM_PB_DOUBLE, NM_KIND_DOUBLE, NM_FIELD_REPEATED, NULL},
    {28, NM_NAME("byteses"), NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_REPEATED, NULL},
};
static const nm_schema schema = {.vendor = 9, .type = 9, .name = "all", NM_SCHEMA_FIELDS(fields)};

/* Two required fields, the second row first on the wire. */
static const nm_field required_fields[] = {
    {2, NM_NAME("second"), NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_REQUIRED, NULL},
    {1, NM_NAME("first"), NM_PB_ENUM, NM_KIND_ENUM, NM_FIELD_REQUIRED, &no_symbols},
    {3, NM_NAME("third"), NM_PB_DOUBLE, NM_KIND_DOUBLE, 0, NULL},
};
static const nm_schema required_schema = {
    .vendor = 9, .type = 10, .name = "required", NM_SCHEMA_FIELDS(required_fields)};

static nm_status
build(const octets *o, nm_slot *slots)
{
    return nm_index_build(&schema, octets_span(o), slots, NULL);
}

/* The only value of a field that must have just one. */
static nm_value
single(size_t row, const octets *o, const nm_slot *slots)
{
    nm_value value = {.u64 = 0xbad};
    nm_value more;
    nm_values values = nm_values_begin(&fields[row], octets_span(o), slots[row]);
    CHECK(nm_values_next(&values, &value));
    CHECK(!nm_values_next(&values, &more));
    CHECK(!nm_values_next(&values, &more)); /* Nor ever after. */
    return value;
}

static void
an_empty_payload_has_no_values(void)
{
    nm_slot slots[ROWS];
    memset(slots, 0xff, sizeof slots);
    CHECK_EQ(nm_index_build(&schema, nm_span_of(NULL, 0), slots, NULL), NM_OK);
    for (size_t row = 0; row < ROWS; row++) {
        nm_value value;
        nm_values values = nm_values_begin(&fields[row], nm_span_of(NULL, 0), slots[row]);
        CHECK_EQ(slots[row], 0);
        CHECK(!nm_values_next(&values, &value));
    }
}

static void
values_of_all_types_are_read(void)
{
    octets o = {0};
    nm_slot slots[ROWS];
    octets_number(&o, 1, UINT32_MAX);
    octets_number(&o, 2, UINT64_MAX);
    octets_number(&o, 3, (uint64_t)-5);
    octets_number(&o, 4, (uint64_t)INT64_MIN);
    octets_number(&o, 5, 3);
    octets_number(&o, 6, 1);
    octets_fixed64(&o, 7, 0x3ff8000000000000); /* 1.5 */
    octets_text(&o, 8, "octets");
    CHECK_EQ(build(&o, slots), NM_OK);
    CHECK_EQ(single(UINT32, &o, slots).u64, UINT32_MAX);
    CHECK_EQ(single(UINT64, &o, slots).u64, UINT64_MAX);
    CHECK_EQ(single(INT32, &o, slots).i64, -5);
    CHECK_EQ(single(INT64, &o, slots).i64, INT64_MIN);
    CHECK_EQ(single(ENUM, &o, slots).i64, 3);
    CHECK_EQ(single(BOOL, &o, slots).i64, 1);
    CHECK(single(DOUBLE, &o, slots).real == 1.5);
    CHECK_SPAN(single(BYTES, &o, slots).bytes, nm_span_of("octets", 6));
    for (size_t row = UINT32S; row < ROWS; row++) {
        CHECK_EQ(slots[row], 0);
    }
    octets_free(&o);
}

static void
numbers_longer_than_their_type_are_cut(void)
{
    octets o = {0};
    nm_slot slots[ROWS];
    octets_number(&o, 1, 0x1122334455667788);
    octets_number(&o, 3, 0x11223344ffffffff); /* Low half: -1. */
    octets_number(&o, 5, UINT32_MAX);         /* Five octets where ten are usual. */
    octets_number(&o, 6, (uint64_t)1 << 40);
    CHECK_EQ(build(&o, slots), NM_OK);
    CHECK_EQ(single(UINT32, &o, slots).u64, 0x55667788);
    CHECK_EQ(single(INT32, &o, slots).i64, -1);
    CHECK_EQ(single(ENUM, &o, slots).i64, -1);
    CHECK_EQ(single(BOOL, &o, slots).i64, 1);
    octets_free(&o);
}

static void
the_last_of_a_singular_field_counts(void)
{
    octets o = {0};
    nm_slot slots[ROWS];
    octets_number(&o, 1, 1);
    octets_text(&o, 8, "first");
    octets_number(&o, 1, 2);
    octets_text(&o, 8, "second");
    octets_number(&o, 99, 5);
    octets_number(&o, 1, 3);
    CHECK_EQ(build(&o, slots), NM_OK);
    CHECK_EQ(single(UINT32, &o, slots).u64, 3);
    CHECK_SPAN(single(BYTES, &o, slots).bytes, nm_span_of("second", 6));
    octets_free(&o);
}

static void
all_of_a_repeated_field_count_in_their_order(void)
{
    octets o = {0};
    nm_slot slots[ROWS];
    octets_text(&o, 28, "one");
    octets_number(&o, 1, 1);
    octets_text(&o, 28, "");
    octets_number(&o, 77, 1);
    octets_text(&o, 28, "three");
    CHECK_EQ(build(&o, slots), NM_OK);
    nm_value value;
    nm_values values = nm_values_begin(&fields[BYTESES], octets_span(&o), slots[BYTESES]);
    CHECK(nm_values_next(&values, &value));
    CHECK_SPAN(value.bytes, nm_span_of("one", 3));
    CHECK(nm_values_next(&values, &value));
    CHECK_EQ(value.bytes.len, 0);
    CHECK(nm_values_next(&values, &value));
    CHECK_SPAN(value.bytes, nm_span_of("three", 5));
    CHECK(!nm_values_next(&values, &value));
    CHECK_EQ(single(UINT32, &o, slots).u64, 1);
    octets_free(&o);
}

static void
numbers_may_be_packed(void)
{
    static const struct {
        const char *name;
        const char *octets;
        size_t len;
        size_t count;
        int64_t values[5];
    } rows[] = {
        {"one by one", "\xa8\x01\x01\xa8\x01\x02\xa8\x01\x03", 9, 3, {1, 2, 3}},
        {"packed", "\xaa\x01\x04\x01\x02\xac\x02", 7, 3, {1, 2, 300}},
        {"packed, one", "\xaa\x01\x01\x05", 4, 1, {5}},
        {"packed, none", "\xaa\x01\x00", 3, 0, {0}},
        {"none, then some", "\xaa\x01\x00\xa8\x01\x07\xaa\x01\x00", 9, 1, {7}},
        {"both ways", "\xa8\x01\x01\xaa\x01\x02\x02\x03\xa8\x01\x04", 11, 4, {1, 2, 3, 4}},
        {"two runs", "\xaa\x01\x02\x01\x02\xaa\x01\x01\x03", 9, 3, {1, 2, 3}},
        {"two runs and another field between",
         "\xaa\x01\x02\x01\x02\x08\x09\xaa\x01\x01\x03",
         11,
         3,
         {1, 2, 3}},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        octets o = {0};
        nm_slot slots[ROWS];
        octets_put(&o, rows[i].octets, rows[i].len);
        CHECK_EQ(build(&o, slots), NM_OK);
        nm_values values = nm_values_begin(&fields[UINT32S], octets_span(&o), slots[UINT32S]);
        nm_value value;
        size_t count = 0;
        while (nm_values_next(&values, &value)) {
            CHECK(count < rows[i].count);
            CHECK_EQ(value.u64, rows[i].values[count % 5]);
            count++;
        }
        CHECK_EQ(count, rows[i].count);
        CHECK(!nm_values_next(&values, &value));
        octets_free(&o);
    }
}

static void
packed_numbers_of_all_types(void)
{
    octets o = {0};
    octets packed = {0};
    nm_slot slots[ROWS];
    octets_varint(&packed, (uint64_t)-1);
    octets_varint(&packed, 7);
    for (uint32_t number = 21; number <= 26; number++) {
        octets_bytes(&o, number, octets_span(&packed));
    }
    packed.len = 0;
    octets_le(&packed, 0xbff0000000000000, 8); /* -1.0 */
    octets_le(&packed, 0x401c000000000000, 8); /* 7.0 */
    octets_bytes(&o, 27, octets_span(&packed));
    CHECK_EQ(build(&o, slots), NM_OK);
    for (size_t row = UINT32S; row <= DOUBLES; row++) {
        nm_value a = {.u64 = 0};
        nm_value b = {.u64 = 0};
        nm_value more;
        nm_values values = nm_values_begin(&fields[row], octets_span(&o), slots[row]);
        CHECK(nm_values_next(&values, &a));
        CHECK(nm_values_next(&values, &b));
        CHECK(!nm_values_next(&values, &more));
        switch (row) {
        case UINT32S:
            CHECK_EQ(a.u64, UINT32_MAX);
            CHECK_EQ(b.u64, 7);
            break;
        case UINT64S:
            CHECK_EQ(a.u64, UINT64_MAX);
            CHECK_EQ(b.u64, 7);
            break;
        case BOOLS:
            CHECK_EQ(a.i64, 1);
            CHECK_EQ(b.i64, 1);
            break;
        case DOUBLES:
            CHECK(a.real == -1.0);
            CHECK(b.real == 7.0);
            break;
        default:
            CHECK_EQ(a.i64, -1);
            CHECK_EQ(b.i64, 7);
            break;
        }
    }
    octets_free(&packed);
    octets_free(&o);
}

static void
malformed_payloads_are_refused(void)
{
    static const struct {
        const char *name;
        const char *octets;
        size_t len;
    } rows[] = {
        {"cut tag", "\x80", 1},
        {"field number 0", "\x00\x01", 2},
        {"group", "\x0b\x0c", 2},
        {"wire type 7", "\x0f", 1},
        {"cut number", "\x08\x80", 2},
        {"cut double", "\x39\x01\x02\x03\x04\x05\x06\x07", 8},
        {"octets longer than the payload", "\x42\x05\x61", 3},
        {"octets of 4 GiB", "\x42\xff\xff\xff\xff\x0f", 6},
        {"octets of 2^64 - 1", "\x42\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},
        {"unknown field cut", "\xfa\x07\x05\x61", 4},
        {"number as octets", "\x0a\x01\x05", 3},
        {"number as 32 bits", "\x0d\x01\x02\x03\x04", 5},
        {"number as 64 bits", "\x09\x01\x02\x03\x04\x05\x06\x07\x08", 9},
        {"double as a number", "\x38\x01", 2},
        {"double as 32 bits", "\x3d\x01\x02\x03\x04", 5},
        {"singular double as octets", "\x3a\x08\x01\x02\x03\x04\x05\x06\x07\x08", 10},
        {"octets as a number", "\x40\x01", 2},
        {"octets as 32 bits", "\x45\x01\x02\x03\x04", 5},
        {"repeated octets as a number", "\xe0\x01\x01", 3},
        {"packed number cut", "\xaa\x01\x02\x01\x80", 5},
        {"packed number of eleven octets",
         "\xaa\x01\x0b\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 14},
        {"packed doubles of nine octets", "\xda\x01\x09\x01\x02\x03\x04\x05\x06\x07\x08\x09", 12},
        {"repeated number as 64 bits", "\xa9\x01\x01\x02\x03\x04\x05\x06\x07\x08", 10},
        {"repeated double as a number", "\xd8\x01\x01", 3},
    };
    octets good = {0};
    octets_text(&good, 8, "good");
    octets_text(&good, 50, "unknown");
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        octets o = {0};
        nm_slot slots[ROWS];
        nm_error err = {.code = NM_OK};
        octets_put_span(&o, octets_span(&good));
        octets_put(&o, rows[i].octets, rows[i].len);
        CHECK_EQ(nm_index_build(&schema, octets_span(&o), slots, &err), NM_E_PARSE);
        CHECK_EQ(err.code, NM_E_PARSE);
        CHECK_EQ(err.offset, good.len);
        octets_free(&o);
    }
    octets_free(&good);
}

static void
required_fields_are_required(void)
{
    static const struct {
        const char *name;
        const char *octets;
        size_t len;
        nm_status status;
    } rows[] = {
        {"both", "\x08\x01\x12\x00", 4, NM_OK},
        {"both, the other way round", "\x12\x00\x08\x01", 4, NM_OK},
        {"the first only", "\x08\x01", 2, NM_E_PARSE},
        {"the second only", "\x12\x00", 2, NM_E_PARSE},
        {"neither", "", 0, NM_E_PARSE},
        {"another one", "\x19\0\0\0\0\0\0\0\0", 9, NM_E_PARSE},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_slot slots[3];
        nm_error err = {.code = NM_OK};
        CHECK_EQ(
            nm_index_build(&required_schema, nm_span_of(rows[i].octets, rows[i].len), slots, &err),
            rows[i].status);
        CHECK_EQ(err.code, rows[i].status);
    }
}

static void
a_payload_of_4_gib_is_refused(void)
{
    nm_slot slots[ROWS];
    nm_error err = {.code = NM_OK};
    CHECK_EQ(nm_index_build(&schema, nm_span_of("", UINT32_MAX), slots, &err), NM_E_LIMIT);
    CHECK_EQ(nm_index_build(&schema, nm_span_of("", INT32_MAX), slots, &err), NM_E_LIMIT);
    CHECK_EQ(err.code, NM_E_LIMIT);
}

static void
values_are_written_with_their_tags(void)
{
    octets expected = {0};
    nm_buffer out;
    nm_buffer_init(&out, 1000, &nm_allocator_heap);
    octets_number(&expected, 1, 300);
    octets_number(&expected, 2, UINT64_MAX);
    octets_number(&expected, 3, (uint64_t)-5); /* Ten octets. */
    octets_number(&expected, 4, (uint64_t)-6);
    octets_number(&expected, 5, (uint64_t)-7);
    octets_number(&expected, 6, 1);
    octets_fixed64(&expected, 7, 0x3ff8000000000000);
    octets_text(&expected, 8, "octets");
    octets_number(&expected, 21, 1);
    octets_text(&expected, 28, "");
    const struct {
        size_t row;
        nm_value value;
    } rows[] = {
        {UINT32, {.u64 = 300}},  {UINT64, {.u64 = UINT64_MAX}},
        {INT32, {.i64 = -5}},    {INT64, {.i64 = -6}},
        {ENUM, {.i64 = -7}},     {BOOL, {.i64 = 1}},
        {DOUBLE, {.real = 1.5}}, {BYTES, {.bytes = nm_span_of("octets", 6)}},
        {UINT32S, {.u64 = 1}},   {BYTESES, {.bytes = nm_span_of(NULL, 0)}},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_EQ(nm_value_encode(&fields[rows[i].row], &rows[i].value, &out), NM_OK);
    }
    CHECK_SPAN(nm_buffer_span(&out), octets_span(&expected));
    nm_buffer_clear(&out);
    octets_free(&expected);
}

static void
values_that_do_not_fit_are_refused(void)
{
    nm_buffer out;
    nm_buffer_init(&out, 20, &nm_allocator_heap);
    nm_value value = {.bytes = nm_span_of("0123456789", 10)};
    CHECK_EQ(nm_value_encode(&fields[BYTES], &value, &out), NM_E_LIMIT);
    CHECK_EQ(out.len, 0);
    nm_buffer_clear(&out);

    nm_buffer_init(&out, SIZE_MAX, &nm_allocator_heap);
    value.bytes.len = SIZE_MAX - 5; /* Sizes must not wrap. */
    CHECK_EQ(nm_value_encode(&fields[BYTES], &value, &out), NM_E_LIMIT);
    nm_buffer_clear(&out);

    failing_allocator memory;
    failing_allocator_init(&memory, 1);
    nm_buffer_init(&out, 1000, &memory.allocator);
    CHECK_EQ(nm_value_encode(&fields[BOOL], &value, &out), NM_E_NOMEM);
    CHECK_EQ(out.len, 0);
    nm_buffer_clear(&out);
    CHECK_EQ(memory.live, 0);
}

static void
unknown_fields_are_copied_octet_for_octet(void)
{
    octets o = {0};
    octets expected = {0};
    nm_slot slots[ROWS];
    octets_put(&expected, "\xe0\x86\x00\x81\x80\x00", 6); /* Longer than needed, and kept so. */
    octets_text(&expected, 99, "unknown");
    octets_fixed32(&expected, 100, 5);
    octets_fixed64(&expected, 9, 6);
    octets_text(&expected, 99, "again");

    octets_number(&o, 1, 1);
    octets_put(&o, "\xe0\x86\x00\x81\x80\x00", 6);
    octets_text(&o, 8, "known");
    octets_text(&o, 99, "unknown");
    octets_text(&o, 28, "known");
    octets_fixed32(&o, 100, 5);
    octets_fixed64(&o, 9, 6);
    octets_text(&o, 28, "known");
    octets_text(&o, 99, "again");
    CHECK_EQ(build(&o, slots), NM_OK);

    nm_buffer out;
    nm_buffer_init(&out, 1000, &nm_allocator_heap);
    CHECK_EQ(nm_buffer_append(&out, nm_span_of("before", 6)), NM_OK);
    CHECK_EQ(nm_unknown_fields_copy(&schema, octets_span(&o), &out), NM_OK);
    CHECK_TEXT(out.data, 6, "before");
    CHECK_SPAN(nm_span_of(out.data + 6, out.len - 6), octets_span(&expected));
    nm_buffer_clear(&out);

    nm_buffer_init(&out, 10, &nm_allocator_heap);
    CHECK_EQ(nm_unknown_fields_copy(&schema, octets_span(&o), &out), NM_E_LIMIT);
    nm_buffer_clear(&out);
    octets_free(&o);
    octets_free(&expected);
}

static void
copying_ends_where_a_payload_is_malformed(void)
{
    octets o = {0};
    nm_buffer out;
    octets_text(&o, 99, "unknown");
    octets_put(&o, "\x0b\x0c", 2);
    nm_buffer_init(&out, 1000, &nm_allocator_heap);
    CHECK_EQ(nm_unknown_fields_copy(&schema, octets_span(&o), &out), NM_OK);
    CHECK_EQ(out.len, o.len - 2);
    nm_buffer_clear(&out);
    octets_free(&o);
}

static void
a_new_message_has_its_required_fields(void)
{
    nm_buffer out;
    nm_buffer_init(&out, 1000, &nm_allocator_heap);
    CHECK_EQ(nm_required_fields_encode(&required_schema, &out), NM_OK);
    CHECK_SPAN(nm_buffer_span(&out), nm_span_of("\x08\x00\x12\x00", 4));
    out.len = 0;
    CHECK_EQ(nm_required_fields_encode(&schema, &out), NM_OK);
    CHECK_EQ(out.len, 0);
    for (size_t i = 0; i < nm_registry_schema_count(); i++) {
        const nm_schema *known = nm_registry_schema(i);
        nm_slot slots[NM_SCHEMA_FIELDS_MAX];
        out.len = 0;
        CHECK_EQ(nm_required_fields_encode(known, &out), NM_OK);
        CHECK_EQ(nm_index_build(known, nm_buffer_span(&out), slots, NULL), NM_OK);
        for (size_t row = 0; row < known->field_count; row++) {
            CHECK_EQ(slots[row] != 0, (known->fields[row].flags & NM_FIELD_REQUIRED) != 0);
        }
    }
    nm_buffer_clear(&out);
}

static void
append_with_little_memory(failing_allocator *memory)
{
    octets o = {0};
    octets_number(&o, 99, 1);
    octets_text(&o, 100, "a text longer than the least that a buffer allocates, so that it grows");
    nm_buffer out;
    nm_buffer_init(&out, 1000, &memory->allocator);
    nm_status status = nm_required_fields_encode(&required_schema, &out);
    if (status == NM_OK) {
        status = nm_unknown_fields_copy(&required_schema, octets_span(&o), &out);
    }
    CHECK_EQ(status, memory->has_failed ? NM_E_NOMEM : NM_OK);
    nm_buffer_clear(&out);
    octets_free(&o);
}

static void
every_allocation_may_fail(void)
{
    sweep_result result = failing_allocator_sweep(append_with_little_memory, 100);
    CHECK(result.is_complete);
    CHECK_EQ(result.failures, 2);
    CHECK_EQ(result.leaks, 0);
}

static void
random_payloads_come_back(void)
{
    uint64_t random = 5;
    for (int round = 0; round < 3000; round++) {
        octets o = {0};
        nm_slot slots[ROWS];
        nm_slot again[ROWS];
        nm_buffer out;
        size_t count = check_random(&random) % 30;
        for (size_t i = 0; i < count; i++) {
            const nm_field *field = &fields[check_random(&random) % ROWS];
            uint64_t number = check_random(&random) >> check_random(&random) % 64;
            if (field->pb_type == NM_PB_BYTES) {
                octets_bytes(&o, field->number, nm_span_of("some octets of text", number % 20));
            } else if (field->pb_type == NM_PB_DOUBLE) {
                octets_fixed64(&o, field->number, number);
            } else {
                octets_number(&o, field->number, number);
            }
        }
        CHECK_EQ(build(&o, slots), NM_OK);
        nm_buffer_init(&out, 10000, &nm_allocator_heap);
        for (size_t row = 0; row < ROWS; row++) {
            nm_value value;
            nm_values values = nm_values_begin(&fields[row], octets_span(&o), slots[row]);
            while (nm_values_next(&values, &value)) {
                CHECK_EQ(nm_value_encode(&fields[row], &value, &out), NM_OK);
            }
        }
        CHECK_EQ(nm_index_build(&schema, nm_buffer_span(&out), again, NULL), NM_OK);
        for (size_t row = 0; row < ROWS; row++) {
            nm_values a = nm_values_begin(&fields[row], octets_span(&o), slots[row]);
            nm_values b = nm_values_begin(&fields[row], nm_buffer_span(&out), again[row]);
            nm_value x = {.u64 = 0};
            nm_value y = {.u64 = 0};
            bool has_x;
            do {
                has_x = nm_values_next(&a, &x);
                CHECK_EQ(nm_values_next(&b, &y), has_x);
                CHECK_SPAN(y.bytes, x.bytes);
                CHECK_SPAN(nm_span_of(&y.real, sizeof y.real), nm_span_of(&x.real, sizeof x.real));
                CHECK_EQ(fields[row].pb_type <= NM_PB_UINT64 ? y.u64 : 0,
                         fields[row].pb_type <= NM_PB_UINT64 ? x.u64 : 0);
                CHECK_EQ(y.i64, x.i64);
            } while (has_x);
        }
        nm_buffer_clear(&out);
        octets_free(&o);
    }
}

CHECK_MAIN(CHECK_TEST(an_empty_payload_has_no_values), CHECK_TEST(values_of_all_types_are_read),
           CHECK_TEST(numbers_longer_than_their_type_are_cut),
           CHECK_TEST(the_last_of_a_singular_field_counts),
           CHECK_TEST(all_of_a_repeated_field_count_in_their_order),
           CHECK_TEST(numbers_may_be_packed), CHECK_TEST(packed_numbers_of_all_types),
           CHECK_TEST(malformed_payloads_are_refused), CHECK_TEST(required_fields_are_required),
           CHECK_TEST(a_payload_of_4_gib_is_refused),
           CHECK_TEST(values_are_written_with_their_tags),
           CHECK_TEST(values_that_do_not_fit_are_refused),
           CHECK_TEST(unknown_fields_are_copied_octet_for_octet),
           CHECK_TEST(copying_ends_where_a_payload_is_malformed),
           CHECK_TEST(a_new_message_has_its_required_fields), CHECK_TEST(every_allocation_may_fail),
           CHECK_TEST(random_payloads_come_back))
