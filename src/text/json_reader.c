/* SPDX-License-Identifier: Apache-2.0 */
/* The pull parser. Which of the open levels are objects is kept in the bits of an integer. */
#include "text/json_reader.h"

#include <inttypes.h>

#include "base/ascii.h"
#include "base/json_octets.h"
#include "base/utf8.h"

/* What may come next. */
enum {
    VALUE,        /* A value. */
    FIRST_VALUE,  /* A value or the end of the array. */
    FIRST_KEY,    /* The name of a member or the end of the object. */
    BEHIND_VALUE, /* A comma or the end of what it stands in. */
};

nm_json_reader
nm_json_begin(nm_span text, uint64_t line, nm_error *err)
{
    static const uint8_t nothing[1] = {0};
    const uint8_t *start = text.len > 0 ? text.data : nothing;
    return (nm_json_reader){.start = start,
                            .pos = start,
                            .end = start + text.len,
                            .line = line,
                            .err = err,
                            .expects = VALUE,
                            .status = NM_OK};
}

nm_json_reader
nm_json_again(const nm_json_reader *r, const nm_json_value *value)
{
    nm_json_reader again = *r;
    size_t quote = value->kind == NM_JSON_STRING;
    again.pos = value->text.data - quote;
    again.end = value->text.data + value->text.len + quote;
    again.objects = 0;
    again.depth = 0;
    again.expects = VALUE;
    return again;
}

/* Name what stands at a place, so that a sentence can end with it. */
static void
describe(const nm_json_reader *r, const uint8_t *at, char out[static 32])
{
    static const char digits[] = "0123456789abcdef";
    if (at >= r->end) {
        memcpy(out, "the end", sizeof "the end");
    } else if (*at > 0x20 && *at < 0x7f) {
        memcpy(out, "'?'", sizeof "'?'");
        out[1] = (char)*at;
    } else {
        memcpy(out, "octet 0x??", sizeof "octet 0x??");
        out[8] = digits[*at >> 4];
        out[9] = digits[*at & 15];
    }
}

/* Where a place is, as people count. */
typedef struct place {
    uint64_t line;
    size_t column;
} place;

static place
place_of(const nm_json_reader *r, const uint8_t *at)
{
    place found = {.line = r->line, .column = 1};
    for (const uint8_t *p = r->start; p < at; p++) {
        found.column++;
        if (*p == '\n') {
            found.line++;
            found.column = 1;
        }
    }
    return found;
}

/* Fail because of what stands at `at`. The first failure is the one that is told. */
static nm_status
fail_at(nm_json_reader *r, const uint8_t *at, const char *field, const char *expected,
        const char *found)
{
    if (r->status == NM_OK) {
        place where = place_of(r, at);
        r->status = nm_error_set(r->err, NM_E_PARSE, (uint64_t)(at - r->start),
                                 "line %" PRIu64 ", column %zu: expected %s%s%s, found %s",
                                 where.line, where.column, field != NULL ? field : "",
                                 field != NULL ? " to be " : "", expected, found);
    }
    return r->status;
}

nm_status
nm_json_give_up(nm_json_reader *r, const nm_json_value *value, const char *field, nm_status status)
{
    if (r->status == NM_OK) {
        const uint8_t *at = value->kind != NM_JSON_ABSENT ? value->text.data : r->pos;
        place where = place_of(r, at);
        r->status = nm_error_set(r->err, status, (uint64_t)(at - r->start),
                                 "line %" PRIu64 ", column %zu: %s: %s", where.line, where.column,
                                 field, nm_status_text(status));
    }
    return r->status;
}

static void
fail(nm_json_reader *r, const uint8_t *at, const char *expected)
{
    char found[32];
    describe(r, at, found);
    (void)fail_at(r, at, /* field= */ NULL, expected, found); /* Only nm_json_reject() needs it. */
}

nm_status
nm_json_reject(nm_json_reader *r, const nm_json_value *value, const char *field,
               const char *expected)
{
    enum { SHOWN_MAX = 40 };
    char found[SHOWN_MAX + sizeof "\"...\""];
    char *to = found;
    bool is_string = value->kind == NM_JSON_STRING;
    size_t shown = value->text.len < SHOWN_MAX ? value->text.len : SHOWN_MAX;

    if (value->kind == NM_JSON_ABSENT) {
        return fail_at(r, r->pos, field, expected, "no such member");
    }
    if (value->kind == NM_JSON_ARRAY || value->kind == NM_JSON_OBJECT) {
        return fail_at(r, value->text.data, field, expected,
                       value->kind == NM_JSON_ARRAY ? "an array" : "an object");
    }
    *to = '"';
    to += is_string;
    for (size_t i = 0; i < shown; i++) {
        uint8_t octet = value->text.data[i];
        *to++ = octet >= 0x20 && octet < 0x7f ? (char)octet : '?';
    }
    if (value->text.len > shown) {
        memcpy(to, "...", 3);
        to += 3;
    }
    *to = '"';
    to[is_string] = '\0';
    return fail_at(r, value->text.data - is_string, field, expected, found);
}

static inline void
skip_space(nm_json_reader *r)
{
    while (r->pos < r->end && *r->pos <= ' ' &&
           (*r->pos == ' ' || *r->pos == '\n' || *r->pos == '\r' || *r->pos == '\t')) {
        r->pos++;
    }
}

/* Step over an escape, whose backslash is at `p`. @return behind it; NULL if it is none. */
static const uint8_t *
skip_escape(nm_json_reader *r, const uint8_t *p)
{
    enum { HEX_DIGITS = 4 };
    static const char letters[] = {'"', '\\', '/', 'b', 'f', 'n', 'r', 't', 'u'};
    p++;
    if (p == r->end || memchr(letters, *p, sizeof letters) == NULL) {
        fail(r, p, "an escape: one of \"\\/bfnrtu");
        return NULL;
    }
    if (*p++ != 'u') {
        return p;
    }
    for (int i = 0; i < HEX_DIGITS; i++, p++) {
        if (p == r->end || nm_ascii_hex_value(*p) < 0) {
            fail(r, p, "four hexadecimal digits");
            return NULL;
        }
    }
    return p;
}

/* Step over the rest of a string, from something on that may be no plain octet.
 * @return the closing quote; NULL if there is none. */
static const uint8_t *
skip_string(nm_json_reader *r, const uint8_t *p, bool *ret_is_verbatim)
{
    for (;; p = nm_json_skip_plain(p, r->end)) {
        if (p == r->end || *p < 0x20) {
            fail(r, p, p == r->end ? "the end of the string" : "no control character in a string");
            return NULL;
        }
        if (*p == '"') {
            return p;
        }
        if (*p == '\\') {
            *ret_is_verbatim = false;
            p = skip_escape(r, p);
            if (p == NULL) {
                return NULL;
            }
        } else {
            bool is_valid;
            p += nm_utf8_sequence(p, (size_t)(r->end - p), &is_valid);
            *ret_is_verbatim = *ret_is_verbatim && is_valid;
        }
    }
}

/* Read a string, whose opening quote is at the position. */
static inline void
take_string(nm_json_reader *r, nm_json_kind kind, nm_json_value *out)
{
    const uint8_t *start = r->pos + 1;
    const uint8_t *p = nm_json_skip_plain(start, r->end);
    bool is_verbatim = true;
    if (p == r->end || *p != '"') {
        p = skip_string(r, p, &is_verbatim);
        if (p == NULL) {
            return;
        }
    }
    *out = (nm_json_value){
        .kind = kind, .is_verbatim = is_verbatim, .text = nm_span_of(start, (size_t)(p - start))};
    r->pos = p + 1;
}

/* Step over digits, of which there has to be one. @return false if there is none. */
static bool
skip_digits(nm_json_reader *r)
{
    if (r->pos == r->end || !nm_ascii_is_digit(*r->pos)) {
        fail(r, r->pos, "a digit");
        return false;
    }
    while (r->pos < r->end && nm_ascii_is_digit(*r->pos)) {
        r->pos++;
    }
    return true;
}

static bool
skip_octet(nm_json_reader *r, uint8_t small_letter)
{
    if (r->pos == r->end || nm_ascii_lower(*r->pos) != small_letter) {
        return false;
    }
    r->pos++;
    return true;
}

static void
take_number(nm_json_reader *r, nm_json_value *out)
{
    const uint8_t *start = r->pos;
    nm_json_kind kind = NM_JSON_INTEGER;

    (void)skip_octet(r, '-'); /* It may be there or not. */
    if (!skip_octet(r, '0') && !skip_digits(r)) {
        return;
    }
    if (skip_octet(r, '.')) {
        kind = NM_JSON_REAL;
        if (!skip_digits(r)) {
            return;
        }
    }
    if (skip_octet(r, 'e')) {
        kind = NM_JSON_REAL;
        if (!skip_octet(r, '-')) {
            (void)skip_octet(r, '+'); /* It may be there or not. */
        }
        if (!skip_digits(r)) {
            return;
        }
    }
    *out = (nm_json_value){.kind = kind, .text = nm_span_of(start, (size_t)(r->pos - start))};
}

static void
take_word(nm_json_reader *r, const char *word, nm_json_kind kind, nm_json_value *out)
{
    size_t len = strlen(word);
    if ((size_t)(r->end - r->pos) < len || memcmp(r->pos, word, len) != 0) {
        fail(r, r->pos, "a value");
        return;
    }
    *out = (nm_json_value){.kind = kind, .text = nm_span_of(r->pos, len)};
    r->pos += len;
}

static void
open_level(nm_json_reader *r, bool is_object, nm_json_value *out)
{
    if (r->depth == NM_JSON_DEPTH_MAX) {
        fail(r, r->pos, "no deeper nesting");
        return;
    }
    r->depth++;
    r->objects = r->objects << 1 | is_object;
    r->expects = is_object ? FIRST_KEY : FIRST_VALUE;
    *out = (nm_json_value){.kind = is_object ? NM_JSON_OBJECT : NM_JSON_ARRAY,
                           .text = nm_span_of(r->pos, 1)};
    r->pos++;
}

static void
close_level(nm_json_reader *r, nm_json_value *out)
{
    r->depth--;
    r->objects >>= 1;
    r->expects = BEHIND_VALUE;
    *out = (nm_json_value){.kind = NM_JSON_END, .text = nm_span_of(r->pos, 1)};
    r->pos++;
}

static void
take_value(nm_json_reader *r, nm_json_value *out)
{
    r->expects = BEHIND_VALUE;
    switch (r->pos < r->end ? *r->pos : 0) {
    case '"':
        take_string(r, NM_JSON_STRING, out);
        break;
    case '{':
        open_level(r, /* is_object= */ true, out);
        break;
    case '[':
        open_level(r, /* is_object= */ false, out);
        break;
    case 't':
        take_word(r, "true", NM_JSON_TRUE, out);
        break;
    case 'f':
        take_word(r, "false", NM_JSON_FALSE, out);
        break;
    case 'n':
        take_word(r, "null", NM_JSON_NULL, out);
        break;
    default:
        if (r->pos < r->end && (nm_ascii_is_digit(*r->pos) || *r->pos == '-')) {
            take_number(r, out);
        } else {
            fail(r, r->pos, "a value");
        }
        break;
    }
}

static void
take_key(nm_json_reader *r, nm_json_value *out)
{
    if (r->pos == r->end || *r->pos != '"') {
        fail(r, r->pos, "the name of a member");
        return;
    }
    take_string(r, NM_JSON_KEY, out);
    skip_space(r);
    if (r->status == NM_OK && !skip_octet(r, ':')) {
        fail(r, r->pos, "':'");
    }
    r->expects = VALUE;
}

/* True where the innermost level ends. */
static inline bool
is_at_end_of_level(const nm_json_reader *r)
{
    return r->depth > 0 && r->pos < r->end && *r->pos == ((r->objects & 1) != 0 ? '}' : ']');
}

/* Read what stands behind a value: the end of something, or a comma with the next value or key. */
static void
take_behind_value(nm_json_reader *r, nm_json_value *out)
{
    bool is_object = (r->objects & 1) != 0;
    if (r->depth == 0) {
        if (r->pos == r->end) {
            *out = (nm_json_value){.kind = NM_JSON_END, .text = nm_span_of(r->pos, 0)};
        } else {
            fail(r, r->pos, "the end");
        }
    } else if (skip_octet(r, ',')) {
        skip_space(r);
        if (is_object) {
            take_key(r, out);
        } else {
            take_value(r, out);
        }
    } else if (is_at_end_of_level(r)) {
        close_level(r, out);
    } else {
        fail(r, r->pos, is_object ? "',' or '}'" : "',' or ']'");
    }
}

static bool
is_at(const nm_json_reader *r, uint8_t octet)
{
    return r->pos < r->end && *r->pos == octet;
}

static nm_json_kind
give_error(nm_json_value *out)
{
    *out = (nm_json_value){.kind = NM_JSON_ERROR};
    return NM_JSON_ERROR;
}

/* Read on to the end of what has only been opened. @return false at an error. */
static bool
complete(nm_json_reader *r, nm_json_value *value)
{
    if (value->kind != NM_JSON_ARRAY && value->kind != NM_JSON_OBJECT) {
        return true;
    }
    nm_json_kind kind = nm_json_skip(r);
    value->text.len = (size_t)(r->pos - value->text.data);
    return kind == NM_JSON_END;
}

nm_json_kind
nm_json_next(nm_json_reader *r, nm_json_value *out)
{
    out->kind = NM_JSON_ERROR;
    if (r->status == NM_OK && r->expects == BEHIND_VALUE && is_at_end_of_level(r)) {
        close_level(r, out);
        return NM_JSON_END;
    }
    if (r->status == NM_OK && r->expects == VALUE && r->pos < r->end && *r->pos == '{') {
        r->expects = BEHIND_VALUE;
        open_level(r, /* is_object= */ true, out);
        return r->status == NM_OK ? NM_JSON_OBJECT : give_error(out);
    }
    skip_space(r);
    if (r->status != NM_OK) {
        return give_error(out);
    }
    switch (r->expects) {
    case BEHIND_VALUE:
        take_behind_value(r, out);
        break;
    case FIRST_KEY:
        if (is_at(r, '}')) {
            close_level(r, out);
        } else {
            take_key(r, out);
        }
        break;
    case FIRST_VALUE:
        if (is_at(r, ']')) {
            close_level(r, out);
            break;
        }
        /* fall through */
    default:
        take_value(r, out);
        break;
    }
    return r->status == NM_OK ? out->kind : give_error(out);
}

nm_json_kind
nm_json_next_member(nm_json_reader *r, nm_json_value *out_key, nm_json_value *out)
{
    nm_json_kind kind = nm_json_next(r, out_key);
    if (kind != NM_JSON_KEY) {
        return kind;
    }
    skip_space(r);
    take_value(r, out);
    if (r->status != NM_OK || !complete(r, out)) {
        return give_error(out_key);
    }
    return NM_JSON_KEY;
}

void
nm_json_go_on(nm_json_reader *r, const uint8_t *p, bool is_value_next)
{
    r->pos = p;
    r->expects = is_value_next ? VALUE : BEHIND_VALUE;
}

nm_json_kind
nm_json_skip(nm_json_reader *r)
{
    unsigned depth = r->depth;
    nm_json_value skipped;
    while (r->depth >= depth) {
        if (nm_json_next(r, &skipped) == NM_JSON_ERROR) {
            return NM_JSON_ERROR;
        }
    }
    return NM_JSON_END;
}

nm_json_kind
nm_json_next_whole(nm_json_reader *r, nm_json_value *out)
{
    nm_json_kind kind = nm_json_next(r, out);
    return kind == NM_JSON_ERROR || complete(r, out) ? kind : give_error(out);
}

bool
nm_json_is_value(nm_span text, unsigned depth_max, nm_json_value *out)
{
    nm_json_reader r = nm_json_begin(text, /* line= */ 1, /* err= */ NULL);
    nm_json_value first;
    nm_json_value next;
    nm_json_kind kind = nm_json_next(&r, &first);
    while (kind != NM_JSON_ERROR && r.depth > 0 && r.depth <= depth_max) {
        kind = nm_json_next(&r, &next);
    }
    if (kind == NM_JSON_ERROR || r.depth > 0) {
        return false;
    }
    if (first.kind == NM_JSON_ARRAY || first.kind == NM_JSON_OBJECT) {
        first.text.len = (size_t)(r.pos - first.text.data);
    }
    if (nm_json_next(&r, &next) != NM_JSON_END) {
        return false;
    }
    *out = first;
    return true;
}
