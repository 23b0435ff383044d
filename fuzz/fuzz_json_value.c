/* SPDX-License-Identifier: Apache-2.0 */
/* The input as JSON text, read in several ways that have to agree; as the text of a number and of a
 * time; and as octets that become a JSON string. */
#include "base/base64.h"
#include "base/json_write.h"
#include "base/real.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "text/json_reader.h"
#include "text/json_string.h"

enum { OUT_MAX = 1 << 24 };

static void
require_utf8(nm_span text)
{
    for (size_t i = 0; i < text.len;) {
        bool is_valid;
        i += nm_utf8_sequence(text.data + i, text.len - i, &is_valid);
        FUZZ_REQUIRE(is_valid);
    }
}

/* Write octets as a JSON string and give what the string says, which borrows from *ref_scratch. */
static nm_span
through_json(nm_span text, bool is_field, nm_buffer *out, nm_json_scratch *scratch)
{
    nm_json_value value;
    nm_span said;
    out->len = 0;
    nm_writer w = nm_writer_begin(out);
    if (is_field) {
        nm_json_field_string(&w, text);
    } else {
        nm_json_string(&w, text);
    }
    FUZZ_REQUIRE(nm_writer_end(&w) == NM_OK);
    require_utf8(nm_buffer_span(out));
    FUZZ_REQUIRE(nm_json_is_value(nm_buffer_span(out), 0, &value));
    FUZZ_REQUIRE(value.kind == NM_JSON_STRING);
    FUZZ_REQUIRE(nm_json_string_get(&value, scratch, &said) == NM_OK);
    return said;
}

/* The input as octets: what was written and read is UTF-8, and writing that changes nothing. */
static void
try_octets(nm_span text)
{
    nm_buffer out;
    nm_buffer again;
    nm_json_scratch scratch;
    nm_json_scratch other;
    nm_buffer_init(&out, OUT_MAX, &nm_allocator_heap);
    nm_buffer_init(&again, OUT_MAX, &nm_allocator_heap);
    nm_json_scratch_init(&scratch, &nm_allocator_heap);
    nm_json_scratch_init(&other, &nm_allocator_heap);

    nm_span said = through_json(text, /* is_field= */ false, &out, &scratch);
    require_utf8(said);
    FUZZ_REQUIRE(nm_span_equal(said, through_json(said, false, &again, &other)));

    said = through_json(text, /* is_field= */ true, &out, &scratch);
    require_utf8(said);
    FUZZ_REQUIRE(said.len == 0 || memchr(said.data, 0, said.len) == NULL);
    FUZZ_REQUIRE(nm_span_equal(said, through_json(said, true, &again, &other)));

    nm_json_scratch_clear(&scratch);
    nm_json_scratch_clear(&other);
    nm_buffer_clear(&out);
    nm_buffer_clear(&again);
}

/* ASCII that is formatted into a writer and then quoted is written as any other. */
static void
try_closing(nm_span text)
{
    nm_buffer in_place;
    nm_buffer copied;
    nm_buffer_init(&in_place, OUT_MAX, &nm_allocator_heap);
    nm_buffer_init(&copied, OUT_MAX, &nm_allocator_heap);
    nm_writer w = nm_writer_begin(&in_place);
    nm_writer x = nm_writer_begin(&copied);
    nm_writer_literal(&w, "in front\"");
    nm_writer_literal(&x, "in front");
    size_t start = nm_writer_len(&w);
    for (size_t i = 0; i < text.len; i++) {
        nm_writer_octet(&w, text.data[i] & 0x7f);
    }
    nm_span ascii = nm_span_of(w.pos - text.len, text.len);
    nm_json_string(&x, ascii);
    nm_json_close_string(&w, start);
    FUZZ_REQUIRE(nm_writer_end(&w) == NM_OK && nm_writer_end(&x) == NM_OK);
    FUZZ_REQUIRE(nm_span_equal(nm_buffer_span(&in_place), nm_buffer_span(&copied)));
    nm_buffer_clear(&in_place);
    nm_buffer_clear(&copied);
}

static void
try_string(const nm_json_value *value)
{
    nm_json_scratch scratch;
    nm_span text;
    nm_json_scratch_init(&scratch, fuzz_memory_begin());
    nm_status status = nm_json_string_get(value, &scratch, &text);
    if (status == NM_E_NOMEM && fuzz_memory_has_failed()) {
        status = nm_json_string_get(value, &scratch, &text);
    }
    FUZZ_REQUIRE(status == NM_OK);
    require_utf8(text);
    FUZZ_REQUIRE(!value->is_verbatim || nm_span_equal(text, value->text));
    nm_json_scratch_clear(&scratch);
    fuzz_memory_end();
}

/* A number is read as the C library reads it, and is the same again when it has no digits far
 * behind the point. */
static void
try_number(nm_span text)
{
    double value;
    double again;
    char copy[1024];
    FUZZ_REQUIRE(nm_real_parse(text, &value));
    if (text.len < sizeof copy) {
        memcpy(copy, text.data, text.len);
        copy[text.len] = '\0';
        FUZZ_REQUIRE(strtod(copy, NULL) == value);
    }
    if (value - value != 0) {
        return; /* Too large. */
    }
    nm_buffer out;
    nm_buffer_init(&out, OUT_MAX, &nm_allocator_heap);
    nm_writer w = nm_writer_begin(&out);
    nm_real_format(&w, value);
    FUZZ_REQUIRE(nm_writer_end(&w) == NM_OK);
    FUZZ_REQUIRE(nm_real_parse(nm_buffer_span(&out), &again));
    FUZZ_REQUIRE(again == value || (value < 1 && value > -1));
    nm_buffer_clear(&out);
}

static void
try_piece(nm_span text, const nm_json_value *value)
{
    FUZZ_REQUIRE(value->text.data >= text.data);
    FUZZ_REQUIRE(value->text.data + value->text.len <= text.data + text.len);
    switch (value->kind) {
    case NM_JSON_STRING:
    case NM_JSON_KEY:
        try_string(value);
        break;
    case NM_JSON_INTEGER:
    case NM_JSON_REAL:
        try_number(value->text);
        break;
    default:
        break;
    }
}

/* Read piece by piece. @return true if the text is JSON. */
static bool
walk(nm_span text, size_t *ret_members)
{
    nm_error err = {.code = NM_OK};
    nm_json_reader r = nm_json_begin(text, 1, &err);
    nm_json_value value;
    size_t depth = 0;
    *ret_members = 0;
    for (;;) {
        nm_json_kind kind = nm_json_next(&r, &value);
        FUZZ_REQUIRE(kind == value.kind);
        if (kind == NM_JSON_ERROR) {
            FUZZ_REQUIRE(err.code == NM_E_PARSE && err.offset <= text.len);
            FUZZ_REQUIRE(strncmp(err.message, "line ", 5) == 0);
            FUZZ_REQUIRE(nm_json_next(&r, &value) == NM_JSON_ERROR);
            return false;
        }
        try_piece(text, &value);
        *ret_members += kind == NM_JSON_KEY;
        depth += kind == NM_JSON_ARRAY || kind == NM_JSON_OBJECT;
        if (kind == NM_JSON_END && depth-- == 0) {
            FUZZ_REQUIRE(err.code == NM_OK);
            return true;
        }
        FUZZ_REQUIRE(depth <= NM_JSON_DEPTH_MAX);
    }
}

/* Count the members of a value that was read whole, level by level. */
static size_t
count_members(const nm_json_reader *of, const nm_json_value *value)
{
    nm_json_reader r = nm_json_again(of, value);
    nm_json_value key;
    nm_json_value inside;
    size_t members = 0;
    if (value->kind != NM_JSON_OBJECT && value->kind != NM_JSON_ARRAY) {
        return 0;
    }
    FUZZ_REQUIRE(nm_json_next(&r, &inside) == value->kind);
    for (;;) {
        nm_json_kind kind = value->kind == NM_JSON_OBJECT ? nm_json_next_member(&r, &key, &inside)
                                                          : nm_json_next_whole(&r, &inside);
        FUZZ_REQUIRE(kind != NM_JSON_ERROR);
        if (kind == NM_JSON_END) {
            break;
        }
        members += value->kind == NM_JSON_OBJECT;
        members += count_members(&r, &inside);
    }
    FUZZ_REQUIRE(nm_json_next(&r, &inside) == NM_JSON_END);
    return members;
}

static void
try_json(nm_span text)
{
    size_t members;
    bool is_json = walk(text, &members);
    nm_json_reader r = nm_json_begin(text, 1, NULL);
    nm_json_value value;
    nm_json_value same;
    nm_json_value end;
    bool is_whole =
        nm_json_next_whole(&r, &value) != NM_JSON_ERROR && nm_json_next(&r, &end) == NM_JSON_END;
    FUZZ_REQUIRE(is_whole == is_json);
    FUZZ_REQUIRE(nm_json_is_value(text, NM_JSON_DEPTH_MAX, &same) == is_json);
    if (is_json) {
        FUZZ_REQUIRE(same.kind == value.kind && nm_span_equal(same.text, value.text));
        FUZZ_REQUIRE(count_members(&r, &value) == members);
        FUZZ_REQUIRE(nm_json_reject(&r, &value, "field", "x") == NM_E_PARSE);
        FUZZ_REQUIRE(nm_json_next(&r, &end) == NM_JSON_ERROR);
    }
}

static void
try_time(nm_span text)
{
    int64_t sec;
    uint32_t nsec;
    char out[NM_TIMESTAMP_FIXED_LEN];
    if (nm_timestamp_parse(text, &sec, &nsec)) {
        int64_t again;
        nm_timestamp_format_fixed(sec, nsec, out);
        FUZZ_REQUIRE(nm_timestamp_parse_sec(nm_span_of(out, 19), &again) && again == sec);
        FUZZ_REQUIRE(memcmp(out, text.data, 17) == 0 || text.data[17] == '6');
    }
}

static void
try_base64(nm_span text)
{
    uint8_t *octets = malloc(NM_BASE64_DECODED_MAX(text.len));
    nm_buffer out;
    FUZZ_REQUIRE(octets != NULL);
    nm_buffer_init(&out, OUT_MAX, &nm_allocator_heap);
    size_t len = nm_base64_decode(text, octets);
    nm_writer w = nm_writer_begin(&out);
    nm_base64_encode(&w, nm_span_of(octets, len));
    FUZZ_REQUIRE(nm_writer_end(&w) == NM_OK && out.len == (len + 2) / 3 * 4);
    FUZZ_REQUIRE(nm_base64_decode(nm_buffer_span(&out), out.data) == len);
    FUZZ_REQUIRE(len == 0 || memcmp(octets, out.data, len) == 0);
    nm_buffer_clear(&out);
    free(octets);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nm_span text = nm_span_of(data, size);
    double value;
    try_json(text);
    try_octets(text);
    try_closing(text);
    try_time(text);
    try_base64(text);
    if (nm_real_parse(text, &value)) {
        try_number(text);
    }
    return 0;
}
