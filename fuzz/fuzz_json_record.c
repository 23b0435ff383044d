/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as JSON. An input whose first octet is "!" is a serialized message of the type that the
 * second one chooses; all others are the text of a record. Whatever is written is JSON and can be
 * read, where that is promised, and from then on nothing changes. */
#include "base/utf8.h"
#include "dns/constants.h"
#include "dns/name.h"
#include "fuzz.h"
#include "message/index.h"
#include "message/registry.h"
#include "text/json_reader.h"
#include "text/json_record.h"
#include "text/pres_value.h"

enum { OUT_MAX = 1 << 24 };

/* A message in storage of its own. */
typedef struct record {
    nm_payload header;
    nm_buffer data;
    nm_buffer json;
    nm_slot slots[NM_SCHEMA_FIELDS_MAX];
} record;

static void
record_begin(record *r, const nm_allocator *allocator)
{
    nm_buffer_init(&r->data, OUT_MAX, allocator);
    nm_buffer_init(&r->json, OUT_MAX, allocator);
}

static void
record_end(record *r)
{
    nm_buffer_clear(&r->data);
    nm_buffer_clear(&r->json);
}

static nm_fields
fields_of(const record *r)
{
    return (nm_fields){.schema = nm_registry_find(r->header.vendor, r->header.type),
                       .payload = r->header.data,
                       .slots = r->slots};
}

/* Read a record. @return false if the text is none. */
static bool
read_text(record *r, nm_span text, const nm_aliases *aliases)
{
    nm_error err = {.code = NM_OK};
    nm_status status = nm_json_record_read(text, 1, aliases, 1, 2, &r->data, &r->header, &err);
    if (status == NM_E_NOMEM && fuzz_memory_has_failed()) {
        FUZZ_REQUIRE(err.code == NM_E_NOMEM);
        err.code = NM_OK;
        status = nm_json_record_read(text, 1, aliases, 1, 2, &r->data, &r->header, &err);
    }
    FUZZ_REQUIRE(status == err.code);
    if (status != NM_OK) {
        FUZZ_REQUIRE(status == NM_E_PARSE || status == NM_E_LIMIT);
        FUZZ_REQUIRE(err.offset <= text.len && strncmp(err.message, "line 1, ", 5) == 0);
        return false;
    }
    FUZZ_REQUIRE((r->header.has & NM_HAS_DATA) != 0);
    FUZZ_REQUIRE(r->header.data.len == r->data.len);
    nm_fields fields = fields_of(r);
    FUZZ_REQUIRE(fields.schema != NULL);
    FUZZ_REQUIRE(nm_index_build(fields.schema, r->header.data, r->slots, &err) == NM_OK);
    return true;
}

static void
require_json(nm_span text)
{
    nm_json_value value;
    for (size_t i = 0; i < text.len;) {
        bool is_valid;
        i += nm_utf8_sequence(text.data + i, text.len - i, &is_valid);
        FUZZ_REQUIRE(is_valid);
    }
    FUZZ_REQUIRE(nm_json_is_value(text, NM_JSON_DEPTH_MAX, &value));
    FUZZ_REQUIRE(value.kind == NM_JSON_OBJECT && value.text.len == text.len);
    FUZZ_REQUIRE(memchr(text.data, '\n', text.len) == NULL);
}

/* Write the message as JSON, and every value as presentation text. */
static void
write_text(record *r, const nm_aliases *aliases)
{
    nm_fields fields = fields_of(r);
    nm_buffer scratch;
    nm_buffer_init(&scratch, OUT_MAX, r->json.allocator);
    nm_status status = NM_E_NOMEM;
    for (int i = 0; i < 2 && status == NM_E_NOMEM; i++) {
        r->json.len = 0;
        nm_writer w = nm_writer_begin(&r->json);
        status = nm_json_record_write(&w, &r->header, &fields, aliases, &scratch);
        FUZZ_REQUIRE(status == NM_OK || fuzz_memory_has_failed());
        FUZZ_REQUIRE(nm_writer_end(&w) == status);
    }
    FUZZ_REQUIRE(status == NM_OK);
    require_json(nm_buffer_span(&r->json));
    for (size_t row = 0; row < fields.schema->field_count; row++) {
        nm_value value;
        if ((fields.schema->fields[row].flags & NM_FIELD_REPEATED) != 0 ||
            nm_fields_shown(&fields, row, &scratch, &value) != NM_OK) {
            continue;
        }
        nm_buffer pres;
        nm_buffer_init(&pres, OUT_MAX, &nm_allocator_heap);
        nm_writer w = nm_writer_begin(&pres);
        FUZZ_REQUIRE(nm_pres_value_write(&w, &fields, row, &value) == NM_OK);
        FUZZ_REQUIRE(nm_writer_end(&w) == NM_OK);
        nm_buffer_clear(&pres);
    }
    nm_buffer_clear(&scratch);
}

static bool
contains(nm_span text, const char *part)
{
    size_t len = strlen(part);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.data + i, part, len) == 0) {
            return true;
        }
    }
    return false;
}

/* True when the JSON of a value can be read back. docs/format.md tells what cannot. */
static bool
is_value_readable(const nm_fields *fields, size_t row, const nm_value *value)
{
    const nm_field *field = &fields->schema->fields[row];
    uint8_t name[NM_DNS_NAME_MAX];
    size_t len;
    bool is_readable = true;
    nm_buffer text;
    nm_buffer_init(&text, OUT_MAX, &nm_allocator_heap);
    nm_writer w = nm_writer_begin(&text);
    FUZZ_REQUIRE(nm_pres_value_write(&w, fields, row, value) == NM_OK);
    FUZZ_REQUIRE(nm_writer_end(&w) == NM_OK);
    nm_span shown = nm_buffer_span(&text);
    switch (field->kind) {
    case NM_KIND_DNS_RDATA:
        is_readable = !contains(shown, "### PARSE ERROR") &&
                      nm_fields_stored(fields, fields->schema->rrtype, &(nm_value){.u64 = 0}) &&
                      nm_fields_stored(fields, fields->schema->rrclass, &(nm_value){.u64 = 0});
        break;
    case NM_KIND_DNS_RCODE:
        is_readable = (uint16_t)value->u64 <= NM_DNS_RCODE_HEADER_MAX ||
                      nm_dns_rcode_name((uint16_t)value->u64) != NULL;
        break;
    case NM_KIND_DNS_CLASS_SIE:
        is_readable = nm_dns_class_name((uint16_t)value->u64) != NULL;
        break;
    case NM_KIND_DNS_NAME:
        is_readable = nm_dns_name_parse(shown, name, &len) == NM_OK;
        break;
    case NM_KIND_BYTES:
        is_readable = value->bytes.len > 0 || (field->flags & NM_FIELD_REPEATED) == 0;
        break;
    default:
        break;
    }
    nm_buffer_clear(&text);
    return is_readable;
}

static bool
is_readable(const record *r)
{
    nm_fields fields = fields_of(r);
    for (size_t row = 0; row < fields.schema->field_count; row++) {
        nm_value value;
        nm_values values =
            nm_values_begin(&fields.schema->fields[row], fields.payload, fields.slots[row]);
        while (nm_values_next(&values, &value)) {
            if (!is_value_readable(&fields, row, &value)) {
                return false;
            }
        }
    }
    return true;
}

/* The message was written: read it, and write and read that again. */
static void
go_round(const record *first, const nm_aliases *aliases)
{
    record second;
    record third;
    record_begin(&second, &nm_allocator_heap);
    record_begin(&third, &nm_allocator_heap);
    bool was_read = read_text(&second, nm_buffer_span(&first->json), aliases);
    FUZZ_REQUIRE(was_read == is_readable(first));
    if (was_read) {
        write_text(&second, aliases);
        FUZZ_REQUIRE(read_text(&third, nm_buffer_span(&second.json), aliases));
        FUZZ_REQUIRE(nm_span_equal(second.header.data, third.header.data));
        FUZZ_REQUIRE(second.header.has == third.header.has);
        write_text(&third, aliases);
        FUZZ_REQUIRE(nm_span_equal(nm_buffer_span(&second.json), nm_buffer_span(&third.json)));
    }
    record_end(&second);
    record_end(&third);
}

/* What is no JSON is refused with the words of the reader, whatever ways there are to read it. */
static void
require_refusal(nm_span text)
{
    nm_buffer data;
    nm_payload out;
    nm_json_value value;
    nm_json_kind kind;
    nm_error expected = {.code = NM_OK};
    nm_error err = {.code = NM_OK};
    nm_json_reader r = nm_json_begin(text, 1, &expected);
    bool is_object = nm_json_next(&r, &value) == NM_JSON_OBJECT;
    unsigned depth;
    do {
        depth = r.depth;
        kind = nm_json_next(&r, &value);
    } while (kind != NM_JSON_ERROR && (kind != NM_JSON_END || depth > 0));
    if (is_object && kind == NM_JSON_ERROR) {
        nm_buffer_init(&data, OUT_MAX, &nm_allocator_heap);
        FUZZ_REQUIRE(nm_json_record_read(text, 1, NULL, 1, 2, &data, &out, &err) == NM_E_PARSE);
        FUZZ_REQUIRE(err.offset == expected.offset);
        FUZZ_REQUIRE(strcmp(err.message, expected.message) == 0);
        nm_buffer_clear(&data);
    }
}

static void
try_text(nm_span text, const nm_aliases *aliases)
{
    record r;
    require_refusal(text);
    record_begin(&r, fuzz_memory_begin());
    if (read_text(&r, text, aliases)) {
        write_text(&r, aliases);
        go_round(&r, aliases);
    }
    record_end(&r);
    fuzz_memory_end();
}

static void
try_payload(const nm_schema *schema, nm_span payload, const nm_aliases *aliases)
{
    record r;
    record_begin(&r, fuzz_memory_begin());
    r.header = (nm_payload){.time_sec = 1600000000,
                            .time_nsec = 5,
                            .vendor = schema->vendor,
                            .type = schema->type,
                            .source = (uint32_t)payload.len,
                            .operator = (uint32_t)payload.len % 4,
                            .group = (uint32_t)payload.len % 3,
                            .has = NM_HAS_DATA | NM_HAS_SOURCE | NM_HAS_OPERATOR | NM_HAS_GROUP,
                            .data = payload};
    if (nm_index_build(schema, payload, r.slots, NULL) == NM_OK) {
        write_text(&r, aliases);
        go_round(&r, aliases);
    }
    record_end(&r);
    fuzz_memory_end();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char names[] = "1 one\n2 t\"w\\o\xff\n";
    nm_alias_table *table;
    FUZZ_REQUIRE(nm_alias_table_parse(nm_span_of(names, sizeof names - 1), &nm_allocator_heap,
                                      &table, NULL) == NM_OK);
    nm_aliases aliases = {.operators = table, .groups = table};
    if (size >= 2 && data[0] == '!') {
        const nm_schema *schema = nm_registry_schema(data[1] % nm_registry_schema_count());
        try_payload(schema, nm_span_of(data + 2, size - 2), &aliases);
    } else {
        try_text(nm_span_of(data, size), size % 2 == 0 ? &aliases : NULL);
    }
    nm_alias_table_free(table);
    return 0;
}
