/* SPDX-License-Identifier: Apache-2.0 */
/* Random messages of all types, of values that presentation text can hold whole: written and read
 * back, whatever ends a line, they are the same to the octet, and written again the same text.
 *
 * usage: test_pres_identity [COUNT] */
#include "text/pres_record.h"

#include "check.h"
#include "message/index.h"
#include "message/registry.h"
#include "random_parts.h"

static const nm_allocator *const heap = &nm_allocator_heap;

/* -- values -- */

/* Any octet but NUL and those that may end a line. */
static void
put_character(nm_writer *w)
{
    uint8_t octet;
    do {
        octet = (uint8_t)bits(8);
    } while (octet == 0 || octet == '\n' || octet == '\r');
    nm_writer_octet(w, octet);
}

/* As text input stores strings: with a NUL behind them. */
static void
put_string(nm_writer *w)
{
    for (uint64_t left = below(20); left > 0; left--) {
        put_character(w);
    }
    nm_writer_octet(w, '\0');
}

/* Lines, empty ones among them, none of which is a single ".". */
static void
put_lines(nm_writer *w)
{
    for (uint64_t lines = below(5); lines > 0; lines--) {
        for (uint64_t left = bits(1) == 0 ? 0 : 2 + below(20); left > 0; left--) {
            put_character(w);
        }
        nm_writer_octet(w, '\n');
    }
    nm_writer_octet(w, '\0');
}

/* A number with at most 6 decimals that a double holds exactly. */
static double
random_real(void)
{
    double value = (double)(int64_t)(number(53) - number(53));
    if (bits(1) == 0) {
        return value * (double)(UINT64_C(1) << bits(6)); /* Large and whole. */
    }
    return value / (double)(1U << below(7)); /* As many decimals as binary places. */
}

/* Fill what the kind needs; octets go to `w`. */
static nm_value
random_value(const nm_schema *schema, const nm_field *field, uint16_t type, nm_writer *w)
{
    nm_value value = {.u64 = 0};
    size_t before = nm_writer_len(w);
    switch (field->kind) {
    case NM_KIND_ENUM:
        value.i64 = random_symbol(field->symbols);
        break;
    case NM_KIND_STRING:
        put_string(w);
        break;
    case NM_KIND_MLSTRING:
        put_lines(w);
        break;
    case NM_KIND_IP:
        put_octets(w, bits(1) == 0 ? 4 : 16);
        break;
    case NM_KIND_UINT16:
    case NM_KIND_IP_PROTOCOL:
    case NM_KIND_DNS_TYPE:
    case NM_KIND_DNS_CLASS:
    case NM_KIND_DNS_CLASS_SIE:
    case NM_KIND_DNS_RCODE:
        value.u64 = number(16);
        if (field->number == schema->rrtype) {
            value.u64 = type;
        } else if (field->number == schema->rrclass) {
            value.u64 = 1;
        }
        break;
    case NM_KIND_INT16:
        value.i64 = (int16_t)number(16);
        break;
    case NM_KIND_INT32:
        value.i64 = (int32_t)number(32);
        break;
    case NM_KIND_INT64:
        value.i64 = (int64_t)number(63) - (int64_t)number(63);
        break;
    case NM_KIND_UINT64:
        value.u64 = number(63) * 2 + bits(1);
        break;
    case NM_KIND_DOUBLE:
        value.real = random_real();
        break;
    case NM_KIND_BOOL:
        value.i64 = (int64_t)bits(1);
        break;
    case NM_KIND_DNS_NAME:
        put_name(w);
        break;
    case NM_KIND_DNS_RDATA:
        put_record_data(w, type);
        break;
    default:
        if (nm_kind_type(field->kind) != NM_KIND_BYTES) {
            value.u64 = number(32); /* Bytes have none: all others are lost. */
        }
        break;
    }
    size_t len = nm_writer_len(w) - before;
    value.bytes = nm_span_of(w->pos - len, len);
    return value;
}

/* -- messages -- */

/* What text does not give back is left out: what is computed or not shown, and DNS messages. */
static bool
may_be_set(const nm_field *field)
{
    unsigned unseen = NM_FIELD_HIDDEN | NM_FIELD_NOPRINT;
    return field->compute == NULL && (field->flags & unseen) == 0 &&
           field->kind != NM_KIND_DNS_MESSAGE && field->kind != NM_KIND_DNS_MESSAGE_TEXT;
}

static void
put_field(const nm_schema *schema, const nm_field *field, uint16_t type, nm_buffer *out)
{
    bool is_repeated = (field->flags & NM_FIELD_REPEATED) != 0;
    bool is_required = (field->flags & NM_FIELD_REQUIRED) != 0;
    bool tells_of_data = field->number == schema->rrtype || field->number == schema->rrclass;
    uint64_t count = is_repeated ? below(4) : is_required || tells_of_data ? 1 : bits(1);
    for (; count > 0; count--) {
        nm_buffer octets;
        nm_buffer_init(&octets, 1 << 16, heap);
        nm_writer w = nm_writer_begin(&octets);
        nm_value value = random_value(schema, field, type, &w);
        CHECK_OR_EXIT(nm_value_encode(field, &value, out) == NM_OK);
        CHECK_OR_EXIT(nm_writer_end(&w) == NM_OK);
        nm_buffer_clear(&octets);
    }
}

static void
put_message(const nm_schema *schema, nm_buffer *out)
{
    uint8_t order[NM_SCHEMA_FIELDS_MAX];
    uint16_t type = record_types[below(CHECK_COUNT(record_types))];
    nm_schema_encoding_order(schema, order);
    for (size_t i = 0; i < schema->field_count; i++) {
        const nm_field *field = &schema->fields[order[i]];
        if (may_be_set(field)) {
            put_field(schema, field, type, out);
        }
    }
}

/* -- one round -- */

static const char *const endlines[] = {"\n", "\r\n", "<br>", ";\n", "\n\n"};

static nm_span
random_endline(void)
{
    const char *endline = endlines[below(CHECK_COUNT(endlines))];
    return nm_span_of(endline, strlen(endline));
}

static nm_status
to_text(const nm_schema *schema, const nm_payload *payload, nm_span endline, nm_buffer *text,
        nm_buffer *scratch)
{
    nm_slot slots[NM_SCHEMA_FIELDS_MAX];
    nm_fields fields = {.schema = schema, .payload = payload->data, .slots = slots};
    nm_status status = nm_index_build(schema, payload->data, slots, NULL);
    if (status == NM_OK) {
        nm_writer w = nm_writer_begin(text);
        status = nm_pres_record_write(&w, payload, &fields, NULL, endline, scratch);
        nm_status ended = nm_writer_end(&w);
        status = status != NM_OK ? status : ended;
    }
    return status;
}

/* Buffers of one round after the other. */
static struct {
    nm_buffer data, text, scratch, data_back, text_again;
} buffers;

/* The next record, of lines fed from `*at` on. */
static nm_status
next_record(nm_pres_reader *reader, nm_span text, size_t *at, nm_payload *out)
{
    nm_error err = {.code = NM_OK};
    for (;;) {
        nm_status status = nm_pres_reader_next(reader, 0, 0, &buffers.data_back, out, &err);
        if (status == NM_E_PARSE) {
            printf("# %s\n", err.message);
        }
        if (status != NM_AGAIN) {
            return status;
        }
        if (*at == text.len) {
            nm_pres_reader_finish(reader);
            continue;
        }
        const uint8_t *line = text.data + *at;
        const uint8_t *end = memchr(line, '\n', text.len - *at);
        CHECK_OR_EXIT(end != NULL);
        nm_pres_reader_feed(reader, nm_span_of(line, (size_t)(end - line)), 1, *at);
        *at += (size_t)(end - line) + 1;
    }
}

/* Written twice, read, and written again. */
static bool
is_identity(const nm_schema *schema, const nm_payload *payload)
{
    nm_payload back;
    nm_pres_reader *reader;
    size_t at = 0;
    nm_pres_options options = {.endline = random_endline(), .record_max = 1 << 24};
    buffers.text.len = 0;
    buffers.text_again.len = 0;
    bool is_same = true;
    for (int i = 0; i < 2; i++) {
        is_same = is_same && to_text(schema, payload, options.endline, &buffers.text,
                                     &buffers.scratch) == NM_OK;
    }
    CHECK_OR_EXIT(nm_pres_reader_new(&options, heap, &reader) == NM_OK);
    for (int i = 0; i < 2; i++) {
        is_same =
            is_same && next_record(reader, nm_buffer_span(&buffers.text), &at, &back) == NM_OK &&
            is_same_payload(payload, &back) &&
            to_text(schema, &back, options.endline, &buffers.text_again, &buffers.scratch) == NM_OK;
    }
    is_same = is_same && next_record(reader, nm_buffer_span(&buffers.text), &at, &back) == NM_END;
    nm_pres_reader_free(reader);
    return is_same &&
           nm_span_equal(nm_buffer_span(&buffers.text), nm_buffer_span(&buffers.text_again));
}

static unsigned long rounds = 20000;

static void
text_gives_back_what_was_written(void)
{
    for (unsigned long i = 0; i < rounds; i++) {
        const nm_schema *schema = nm_registry_schema(i % nm_registry_schema_count());
        buffers.data.len = 0;
        put_message(schema, &buffers.data);
        nm_payload payload = random_header(schema, nm_buffer_span(&buffers.data));
        bool is_same = is_identity(schema, &payload);
        if (!is_same) {
            printf("# %s, round %lu: %.*s\n", schema->name, i, (int)buffers.text.len,
                   (const char *)buffers.text.data);
        }
        CHECK(is_same);
    }
}

int
main(int argc, char **argv)
{
    static const check_test tests[] = {CHECK_TEST(text_gives_back_what_was_written)};
    nm_buffer *const all[] = {&buffers.data, &buffers.text, &buffers.scratch, &buffers.data_back,
                              &buffers.text_again};
    rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : rounds;
    for (size_t i = 0; i < CHECK_COUNT(all); i++) {
        nm_buffer_init(all[i], 1 << 24, heap);
    }
    int status = check_run(tests, CHECK_COUNT(tests));
    for (size_t i = 0; i < CHECK_COUNT(all); i++) {
        nm_buffer_clear(all[i]);
    }
    return status;
}
