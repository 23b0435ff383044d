/* SPDX-License-Identifier: Apache-2.0 */
/* The input as a serialized message of every type: indexed, all values read, and written again it
 * must hold the same values and the same unknown fields. */
#include "fuzz.h"
#include "message/index.h"
#include "message/registry.h"

/* No published type has all of these. */
static const nm_enum no_symbols = {.values = NULL, .count = 0};
static const nm_field all_kinds_fields[] = {
    {1, NM_NAME("uint32"), NM_PB_UINT32, NM_KIND_UINT32, NM_FIELD_REPEATED, NULL},
    {2, NM_NAME("uint64"), NM_PB_UINT64, NM_KIND_UINT64, NM_FIELD_REPEATED, NULL},
    {3, NM_NAME("int32"), NM_PB_INT32, NM_KIND_INT32, NM_FIELD_REPEATED, NULL},
    {4, NM_NAME("int64"), NM_PB_INT64, NM_KIND_INT64, NM_FIELD_REPEATED, NULL},
    {5, NM_NAME("enum"), NM_PB_ENUM, NM_KIND_ENUM, NM_FIELD_REPEATED, &no_symbols},
    {6, NM_NAME("bool"), NM_PB_BOOL, NM_KIND_BOOL, NM_FIELD_REPEATED, NULL},
    {7, NM_NAME("double"), NM_PB_DOUBLE, NM_KIND_DOUBLE, NM_FIELD_REPEATED, NULL},
    {8, NM_NAME("bytes"), NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_REPEATED, NULL},
    {9, NM_NAME("one_uint64"), NM_PB_UINT64, NM_KIND_UINT64, 0, NULL},
    {10, NM_NAME("one_int64"), NM_PB_INT64, NM_KIND_INT64, 0, NULL},
    {11, NM_NAME("one_bool"), NM_PB_BOOL, NM_KIND_BOOL, 0, NULL},
    {12, NM_NAME("one_double"), NM_PB_DOUBLE, NM_KIND_DOUBLE, 0, NULL},
};
static const nm_schema all_kinds = {
    .vendor = 0, .type = 0, .name = "all", NM_SCHEMA_FIELDS(all_kinds_fields)};

enum { OUT_MAX = 1 << 24 };

/* Append everything that was indexed. A failed allocation is tried again: it fails once. */
static void
write_again(const nm_schema *schema, nm_span payload, const nm_slot *slots, nm_buffer *out)
{
    uint8_t order[NM_SCHEMA_FIELDS_MAX];
    nm_schema_encoding_order(schema, order);
    for (size_t i = 0; i < schema->field_count; i++) {
        const nm_field *field = &schema->fields[order[i]];
        nm_value value;
        nm_values values = nm_values_begin(field, payload, slots[order[i]]);
        while (nm_values_next(&values, &value)) {
            nm_status status = nm_value_encode(field, &value, out);
            if (status == NM_E_NOMEM && fuzz_memory_has_failed()) {
                status = nm_value_encode(field, &value, out);
            }
            FUZZ_REQUIRE(status == NM_OK);
        }
    }
    size_t len = out->len;
    nm_status status = nm_unknown_fields_copy(schema, payload, out);
    if (status == NM_E_NOMEM && fuzz_memory_has_failed()) {
        out->len = len;
        status = nm_unknown_fields_copy(schema, payload, out);
    }
    FUZZ_REQUIRE(status == NM_OK);
}

static void
require_same_value(nm_pb_type pb_type, const nm_value *a, const nm_value *b)
{
    switch (pb_type) {
    case NM_PB_UINT32:
    case NM_PB_UINT64:
        FUZZ_REQUIRE(a->u64 == b->u64);
        break;
    case NM_PB_DOUBLE:
        FUZZ_REQUIRE(
            nm_span_equal(nm_span_of(&a->real, sizeof a->real),
                          nm_span_of(&b->real, sizeof b->real))); /* Also if not a number. */
        break;
    case NM_PB_BYTES:
        FUZZ_REQUIRE(nm_span_equal(a->bytes, b->bytes));
        break;
    default:
        FUZZ_REQUIRE(a->i64 == b->i64);
        break;
    }
}

static void
require_same_values(const nm_field *field, nm_values a, nm_values b)
{
    nm_value x;
    nm_value y;
    size_t count = 0;
    while (nm_values_next(&a, &x)) {
        FUZZ_REQUIRE(nm_values_next(&b, &y));
        require_same_value(field->pb_type, &x, &y);
        count++;
    }
    FUZZ_REQUIRE(!nm_values_next(&b, &y));
    FUZZ_REQUIRE(!nm_values_next(&a, &x));
    FUZZ_REQUIRE(count <= 1 || (field->flags & NM_FIELD_REPEATED) != 0);
}

static void
require_same_unknown_fields(const nm_schema *schema, nm_span a, nm_span b)
{
    nm_buffer x;
    nm_buffer y;
    nm_buffer_init(&x, OUT_MAX, &nm_allocator_heap);
    nm_buffer_init(&y, OUT_MAX, &nm_allocator_heap);
    FUZZ_REQUIRE(nm_unknown_fields_copy(schema, a, &x) == NM_OK);
    FUZZ_REQUIRE(nm_unknown_fields_copy(schema, b, &y) == NM_OK);
    FUZZ_REQUIRE(nm_span_equal(nm_buffer_span(&x), nm_buffer_span(&y)));
    nm_buffer_clear(&x);
    nm_buffer_clear(&y);
}

static void
try_schema(const nm_schema *schema, nm_span payload)
{
    nm_slot slots[NM_SCHEMA_FIELDS_MAX];
    nm_slot again[NM_SCHEMA_FIELDS_MAX];
    nm_error err = {.code = NM_OK};
    nm_status status = nm_index_build(schema, payload, slots, &err);
    FUZZ_REQUIRE(status == err.code && (status == NM_OK || status == NM_E_PARSE));
    if (status != NM_OK) {
        FUZZ_REQUIRE(err.offset <= payload.len);
        return;
    }
    nm_buffer out;
    nm_buffer_init(&out, OUT_MAX, fuzz_memory_begin());
    write_again(schema, payload, slots, &out);
    nm_span written = nm_buffer_span(&out);
    FUZZ_REQUIRE(nm_index_build(schema, written, again, NULL) == NM_OK);
    for (size_t row = 0; row < schema->field_count; row++) {
        const nm_field *field = &schema->fields[row];
        FUZZ_REQUIRE((slots[row] & ~NM_SLOT_SCATTERED) <= payload.len);
        require_same_values(field, nm_values_begin(field, payload, slots[row]),
                            nm_values_begin(field, written, again[row]));
    }
    require_same_unknown_fields(schema, payload, written);
    nm_buffer_clear(&out);
    fuzz_memory_end();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nm_span payload = nm_span_of(data, size);
    for (size_t i = 0; i < nm_registry_schema_count(); i++) {
        try_schema(nm_registry_schema(i), payload);
    }
    try_schema(&all_kinds, payload);
    return 0;
}
