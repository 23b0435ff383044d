/* SPDX-License-Identifier: Apache-2.0 */
/* Encoded payloads as JSON. */
#include "text/json_encoded.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "message/index.h"
#include "text/json_reader.h"

/* Values of the field "type" that matter here. */
enum { ENCODED_JSON = 1, ENCODED_MSGPACK = 3 };

static int64_t
encoding_of(const nm_fields *fields)
{
    const nm_field *field = nm_schema_field_by_name(fields->schema, nm_span_of_text("type"));
    nm_value value = {.i64 = 0};
    if (field != NULL) {
        (void)nm_fields_stored(fields, field->number, &value); /* Absent is 0, which is text. */
    }
    return value.i64;
}

/* True when the payload is JSON that can stand in a member as it is. */
static bool
is_usable_json(nm_span payload)
{
    nm_json_value value;
    if (!nm_json_is_value(payload, NM_JSON_ENCODED_DEPTH_MAX, &value)) {
        return false;
    }
    bool is_number = value.kind == NM_JSON_INTEGER || value.kind == NM_JSON_REAL;
    bool is_at_end = value.text.data + value.text.len == payload.data + payload.len;
    return value.kind != NM_JSON_NULL && !(is_number && is_at_end);
}

/* True for octets that cannot be copied: line ends, which are white space here because strings have
 * none, and what is no UTF-8. */
static bool
is_replaced(const uint8_t *p, const uint8_t *end, size_t *ret_len)
{
    bool is_valid;
    *ret_len = nm_utf8_sequence(p, (size_t)(end - p), &is_valid);
    return !is_valid || *p == '\n' || *p == '\r';
}

static void
copy_json(nm_writer *w, nm_span json)
{
    const uint8_t *run = json.data;
    const uint8_t *end = json.data + json.len;
    const uint8_t *p = run;
    while (p < end) {
        size_t len;
        if (!is_replaced(p, end, &len)) {
            p += len;
            continue;
        }
        nm_writer_put(w, run, (size_t)(p - run));
        nm_writer_text(w, *p < 0x80 ? " " : NM_UTF8_REPLACEMENT);
        p += len;
        run = p;
    }
    nm_writer_put(w, run, (size_t)(p - run));
}

void
nm_json_encoded_write(nm_writer *w, const nm_fields *fields, nm_span payload)
{
    int64_t encoding = encoding_of(fields);
    nm_writer_octet(w, '{');
    if (encoding == ENCODED_JSON) {
        if (is_usable_json(payload)) {
            nm_writer_literal(w, "\"val\":");
            copy_json(w, payload);
            nm_writer_octet(w, ',');
        }
    } else if (encoding != ENCODED_MSGPACK) {
        nm_writer_literal(w, "\"val\":");
        nm_json_string(w, payload);
        nm_writer_octet(w, ',');
    }
    nm_writer_literal(w, "\"b64\":\"");
    nm_base64_encode(w, payload);
    nm_writer_literal(w, "\"}");
}
