/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as presentation text. An input whose first octet is "!" is a serialized message of the
 * type that the second one chooses. Of all others the first octet chooses what ends lines, the
 * second the type of records without header line, and the rest is text. What was read can be
 * written and read again, where that is promised, and from then on nothing changes. */
#include "fuzz.h"
#include "message/index.h"
#include "message/registry.h"
#include "text/pres_record.h"

enum { OUT_MAX = 1 << 24, RECORD_MAX = 1 << 12 };

static const char *const endlines[] = {"\n", ";", "\r\n", "\n\n", "<br>"};

/* Text and how it is to be read. */
typedef struct source {
    nm_pres_options options;
    nm_span text;
} source;

/* What to do with a message that was read. */
typedef void handler(const source *from, const nm_payload *payload, void *context);

static void
write_message(const nm_payload *payload, const nm_pres_options *options, nm_buffer *out)
{
    nm_slot slots[NM_SCHEMA_FIELDS_MAX];
    nm_fields fields = {.schema = nm_registry_find(payload->vendor, payload->type),
                        .payload = payload->data,
                        .slots = slots};
    nm_buffer scratch;
    nm_buffer_init(&scratch, OUT_MAX, out->allocator);
    if (fields.schema != NULL) {
        FUZZ_REQUIRE(nm_index_build(fields.schema, payload->data, slots, NULL) == NM_OK);
    }
    nm_status status = NM_E_NOMEM;
    for (int i = 0; i < 2 && status == NM_E_NOMEM; i++) {
        nm_writer w = nm_writer_begin(out);
        status = nm_pres_record_write(&w, payload, &fields, options->aliases, options->endline,
                                      &scratch);
        FUZZ_REQUIRE(status == NM_OK || fuzz_memory_has_failed());
        FUZZ_REQUIRE(nm_writer_end(&w) == status);
    }
    FUZZ_REQUIRE(status == NM_OK);
    nm_buffer_clear(&scratch);
}

/* Read what was fed. @return how many messages. */
static size_t
drain(const source *from, nm_pres_reader *reader, const nm_allocator *allocator, nm_status last,
      handler *handle, void *context)
{
    size_t count = 0;
    nm_buffer data;
    nm_buffer_init(&data, OUT_MAX, allocator);
    for (;;) {
        nm_payload payload;
        nm_error err = {.code = NM_OK};
        nm_status status = nm_pres_reader_next(reader, 1, 2, &data, &payload, &err);
        if (status == NM_OK) {
            FUZZ_REQUIRE(payload.data.len == data.len);
            handle(from, &payload, context);
            count++;
        } else if (status == last) {
            break;
        } else {
            FUZZ_REQUIRE(status == NM_E_PARSE || status == NM_E_LIMIT ||
                         (status == NM_E_NOMEM && fuzz_memory_has_failed()));
            FUZZ_REQUIRE(status == err.code && err.offset <= from->text.len);
            FUZZ_REQUIRE(strncmp(err.message, "line ", 5) == 0);
        }
    }
    nm_buffer_clear(&data);
    return count;
}

static size_t
read_text(const source *from, const nm_allocator *allocator, handler *handle, void *context)
{
    nm_pres_reader *reader;
    size_t count = 0;
    uint64_t number = 0;
    nm_status status = nm_pres_reader_new(&from->options, allocator, &reader);
    if (status == NM_E_NOMEM && fuzz_memory_has_failed()) {
        status = nm_pres_reader_new(&from->options, allocator, &reader);
    }
    FUZZ_REQUIRE(status == NM_OK);
    for (size_t at = 0; at < from->text.len;) {
        const uint8_t *line = from->text.data + at;
        const uint8_t *end = memchr(line, '\n', from->text.len - at);
        size_t len = end != NULL ? (size_t)(end - line) : from->text.len - at;
        nm_pres_reader_feed(reader, nm_span_of(line, len), ++number, at);
        count += drain(from, reader, allocator, NM_AGAIN, handle, context);
        at += len + 1;
    }
    nm_pres_reader_finish(reader);
    count += drain(from, reader, allocator, NM_END, handle, context);
    nm_pres_reader_free(reader);
    return count;
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

/* True when a text of several lines may end elsewhere when it is read again. */
static bool
has_odd_lines(const nm_payload *payload)
{
    const nm_schema *schema = nm_registry_find(payload->vendor, payload->type);
    nm_slot slots[NM_SCHEMA_FIELDS_MAX];
    FUZZ_REQUIRE(nm_index_build(schema, payload->data, slots, NULL) == NM_OK);
    for (size_t row = 0; row < schema->field_count; row++) {
        if (schema->fields[row].kind != NM_KIND_MLSTRING || slots[row] == 0) {
            continue;
        }
        nm_span text = nm_value_at(&schema->fields[row], payload->data, slots[row]).bytes;
        FUZZ_REQUIRE(text.len > 0 && text.data[text.len - 1] == 0);
        if (text.len > 1 && (text.data[text.len - 2] != '\n' || contains(text, ".\n"))) {
            return true;
        }
    }
    return false;
}

static void
keep_text(const source *from, const nm_payload *payload, void *context)
{
    write_message(payload, &from->options, context);
}

/* The text of a message is read, written, read, and written again. */
static void
go_round(const source *from, nm_span text)
{
    nm_buffer second;
    nm_buffer third;
    source again = {.options = from->options, .text = text};
    nm_buffer_init(&second, OUT_MAX, &nm_allocator_heap);
    nm_buffer_init(&third, OUT_MAX, &nm_allocator_heap);
    again.options.record_max = OUT_MAX;
    FUZZ_REQUIRE(read_text(&again, &nm_allocator_heap, keep_text, &second) == 1);
    again.text = nm_buffer_span(&second);
    FUZZ_REQUIRE(read_text(&again, &nm_allocator_heap, keep_text, &third) == 1);
    FUZZ_REQUIRE(nm_span_equal(nm_buffer_span(&second), nm_buffer_span(&third)));
    nm_buffer_clear(&second);
    nm_buffer_clear(&third);
}

/* With newlines as ends of lines nothing that was read contains one, but for options of EDNS. */
static void
try_message(const source *from, const nm_payload *payload, void *context)
{
    nm_buffer text;
    nm_buffer_init(&text, OUT_MAX, context);
    write_message(payload, &from->options, &text);
    nm_span written = nm_buffer_span(&text);
    bool is_plain = nm_span_equal(from->options.endline, nm_span_of("\n", 1));
    if (is_plain && !has_odd_lines(payload) && !contains(written, " OPT (") &&
        !contains(written, "### PARSE ERROR")) {
        go_round(from, written);
    }
    nm_buffer_clear(&text);
}

static void
ignore_message(const source *from, const nm_payload *payload, void *context)
{
    (void)from;
    (void)payload;
    (void)context;
}

static void
try_payload(const nm_schema *schema, nm_span payload, const nm_pres_options *options)
{
    nm_slot slots[NM_SCHEMA_FIELDS_MAX];
    if (nm_index_build(schema, payload, slots, NULL) != NM_OK) {
        return;
    }
    nm_payload header = {.time_sec = (int64_t)payload.len * -1000000000,
                         .time_nsec = 5,
                         .vendor = schema->vendor,
                         .type = schema->type,
                         .operator = (uint32_t)payload.len % 4,
                         .group = (uint32_t)payload.len % 3,
                         .data = payload};
    nm_buffer text;
    nm_buffer_init(&text, OUT_MAX, fuzz_memory_begin());
    write_message(&header, options, &text);
    source from = {.options = *options, .text = nm_buffer_span(&text)};
    (void)read_text(&from, text.allocator, ignore_message, NULL); /* Whatever it holds. */
    nm_buffer_clear(&text);
    fuzz_memory_end();
}

static void
try_text(uint8_t type, nm_span text, nm_pres_options *options)
{
    if (type >= 'A' && type - 'A' < (int)nm_registry_schema_count()) {
        options->schema = nm_registry_schema((size_t)(type - 'A'));
    }
    source from = {.options = *options, .text = text};
    const nm_allocator *allocator = fuzz_memory_begin();
    (void)read_text(&from, allocator, try_message, (void *)(uintptr_t)allocator); /* Any number. */
    fuzz_memory_end();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char names[] = "1 one\n2 t]w[o\n";
    nm_alias_table *table;
    if (size < 2) {
        return 0;
    }
    FUZZ_REQUIRE(nm_alias_table_parse(nm_span_of(names, sizeof names - 1), &nm_allocator_heap,
                                      &table, NULL) == NM_OK);
    nm_aliases aliases = {.operators = table, .groups = table};
    const char *endline = endlines[data[0] % (sizeof endlines / sizeof *endlines)];
    nm_pres_options options = {
        .aliases = &aliases,
        .endline = nm_span_of(endline, strlen(endline)),
        .record_max = RECORD_MAX,
    };
    nm_span rest = nm_span_of(data + 2, size - 2);
    if (data[0] == '!') {
        options.endline = nm_span_of("\n", 1);
        try_payload(nm_registry_schema(data[1] % nm_registry_schema_count()), rest, &options);
    } else {
        try_text(data[1], rest, &options);
    }
    nm_alias_table_free(table);
    return 0;
}
