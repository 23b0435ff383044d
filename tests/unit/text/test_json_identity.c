/* SPDX-License-Identifier: Apache-2.0 */
/* Random messages of all types, of values that JSON can hold whole: written and read back they are
 * the same to the octet, and written again the same text.
 *
 * usage: test_json_identity [COUNT [lines]]     "lines": print the JSON, for other readers of it */
#include "text/json_record.h"

#include "check.h"
#include "message/index.h"
#include "message/registry.h"
#include "random_parts.h"

static const nm_allocator *const heap = &nm_allocator_heap;

/* -- values -- */

/* A character of UTF-8, no NUL, of one to four octets. */
static void
put_character(nm_writer *w)
{
    static const uint32_t ranges[][2] = {
        {0x01, 0x7f},    {0x20, 0x7e},     {0x80, 0x7ff},
        {0x800, 0xd7ff}, {0xe000, 0xffff}, {0x10000, 0x10ffff},
    };
    const uint32_t *range = ranges[below(CHECK_COUNT(ranges))];
    uint32_t c = range[0] + (uint32_t)below(range[1] - range[0] + 1);
    if (c < 0x80) {
        nm_writer_octet(w, (uint8_t)c);
    } else if (c < 0x800) {
        nm_writer_octet(w, (uint8_t)(0xc0 | c >> 6));
        nm_writer_octet(w, (uint8_t)(0x80 | (c & 63)));
    } else if (c < 0x10000) {
        nm_writer_octet(w, (uint8_t)(0xe0 | c >> 12));
        nm_writer_octet(w, (uint8_t)(0x80 | (c >> 6 & 63)));
        nm_writer_octet(w, (uint8_t)(0x80 | (c & 63)));
    } else {
        nm_writer_octet(w, (uint8_t)(0xf0 | c >> 18));
        nm_writer_octet(w, (uint8_t)(0x80 | (c >> 12 & 63)));
        nm_writer_octet(w, (uint8_t)(0x80 | (c >> 6 & 63)));
        nm_writer_octet(w, (uint8_t)(0x80 | (c & 63)));
    }
}

/* As JSON input stores strings: with a NUL behind them. */
static void
put_string(nm_writer *w)
{
    for (uint64_t left = below(20); left > 0; left--) {
        put_character(w);
    }
    nm_writer_octet(w, '\0');
}

/* A number with at most 18 decimals that a double holds exactly. */
static double
random_real(void)
{
    double value = (double)(int64_t)(number(53) - number(53));
    if (bits(1) == 0) {
        return value * (double)(UINT64_C(1) << bits(6)); /* Large and whole. */
    }
    return value / (double)(1U << below(19)); /* As many decimals as binary places. */
}

static uint16_t
random_rcode(void)
{
    return (uint16_t)below(17); /* Higher ones have no name and are refused as numbers. */
}

static uint16_t
random_named_class(void)
{
    static const uint16_t classes[] = {1, 3, 4, 254, 255};
    return classes[below(CHECK_COUNT(classes))];
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
    case NM_KIND_MLSTRING:
        put_string(w);
        break;
    case NM_KIND_IP:
        put_octets(w, bits(1) == 0 ? 4 : 16);
        break;
    case NM_KIND_UINT16:
    case NM_KIND_IP_PROTOCOL:
    case NM_KIND_DNS_TYPE:
    case NM_KIND_DNS_CLASS:
        value.u64 = number(16);
        if (field->number == schema->rrtype) {
            value.u64 = type;
        } else if (field->number == schema->rrclass) {
            value.u64 = 1;
        }
        break;
    case NM_KIND_DNS_CLASS_SIE:
        value.u64 = field->number == schema->rrclass ? 1 : random_named_class();
        break;
    case NM_KIND_DNS_RCODE:
        value.u64 = random_rcode();
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
        if (nm_kind_type(field->kind) == NM_KIND_BYTES) {
            put_octets(w, 1 + (size_t)below(40));
        } else {
            value.u64 = number(32);
        }
        break;
    }
    size_t len = nm_writer_len(w) - before;
    value.bytes = nm_span_of(w->pos - len, len);
    return value;
}

/* -- messages -- */

/* What JSON does not give back is left out: computed fields, and DNS messages shown as text. */
static bool
may_be_set(const nm_field *field)
{
    return field->number != 0 && field->kind != NM_KIND_DNS_MESSAGE_TEXT;
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

static nm_status
to_json(const nm_schema *schema, const nm_payload *payload, nm_buffer *text, nm_buffer *scratch)
{
    nm_slot slots[NM_SCHEMA_FIELDS_MAX];
    nm_fields fields = {.schema = schema, .payload = payload->data, .slots = slots};
    nm_status status = nm_index_build(schema, payload->data, slots, NULL);
    if (status == NM_OK) {
        text->len = 0;
        nm_writer w = nm_writer_begin(text);
        status = nm_json_record_write(&w, payload, &fields, NULL, scratch);
        nm_status ended = nm_writer_end(&w);
        status = status != NM_OK ? status : ended;
    }
    return status;
}

/* Buffers of one round after the other. */
static struct {
    nm_buffer data, text, scratch, data_back, text_again;
} buffers;

static bool
is_identity(const nm_schema *schema, const nm_payload *payload)
{
    nm_payload back;
    nm_error err = {.code = NM_OK};
    if (to_json(schema, payload, &buffers.text, &buffers.scratch) != NM_OK) {
        return false;
    }
    if (nm_json_record_read(nm_buffer_span(&buffers.text), 1, NULL, 0, 0, &buffers.data_back, &back,
                            &err) != NM_OK) {
        printf("# %s\n", err.message);
        return false;
    }
    return is_same_payload(payload, &back) &&
           to_json(schema, &back, &buffers.text_again, &buffers.scratch) == NM_OK &&
           nm_span_equal(nm_buffer_span(&buffers.text), nm_buffer_span(&buffers.text_again));
}

static unsigned long rounds = 20000;
static bool is_printing;

static void
json_gives_back_what_was_written(void)
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
        } else if (is_printing) {
            printf("%.*s\n", (int)buffers.text.len, (const char *)buffers.text.data);
        }
        CHECK(is_same);
    }
}

int
main(int argc, char **argv)
{
    static const check_test tests[] = {CHECK_TEST(json_gives_back_what_was_written)};
    nm_buffer *const all[] = {&buffers.data, &buffers.text, &buffers.scratch, &buffers.data_back,
                              &buffers.text_again};
    rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : rounds;
    is_printing = argc > 2;
    for (size_t i = 0; i < CHECK_COUNT(all); i++) {
        nm_buffer_init(all[i], 1 << 24, heap);
    }
    int status = check_run(tests, CHECK_COUNT(tests));
    for (size_t i = 0; i < CHECK_COUNT(all); i++) {
        nm_buffer_clear(all[i]);
    }
    return status;
}
