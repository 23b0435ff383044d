/* SPDX-License-Identifier: Apache-2.0 */
/* JSON in the form that most writers give it, read without the state of an nm_json_reader: strings
 * of plain octets, integers, arrays of such strings, and no white space but one blank behind a
 * comma or colon.
 *
 * It is a guess that costs little. What these functions read is JSON and is what the reader would
 * have read; where they give NULL anything may stand there, also something that is no JSON, and the
 * reader has to tell. */
#ifndef NM_TEXT_JSON_PLAIN_H
#define NM_TEXT_JSON_PLAIN_H

#include "base/ascii.h"
#include "base/json_octets.h"
#include "text/json_reader.h"

enum { NM_JSON_NAME_ROOM = 32 /**< Octets that can be read of a name which is looked for. */ };

/** Pass the blank that may stand at `p`, which is not the end. */
static inline const uint8_t *
nm_json_plain_blank(const uint8_t *p)
{
    return p + (*p == ' ');
}

/** Read a string. @param p  At its opening quote.   @return behind it; NULL. */
static inline const uint8_t *
nm_json_plain_string(const uint8_t *p, const uint8_t *end, nm_json_value *out)
{
    const uint8_t *start = p + 1;
    p = nm_json_skip_plain(start, end);
    if (p == end || *p != '"') {
        return NULL;
    }
    out->kind = NM_JSON_STRING;
    out->is_verbatim = true;
    out->text = nm_span_of(start, (size_t)(p - start));
    return p + 1;
}

/** Read an integer. @param p  At a digit.   @return behind it; NULL. */
static inline const uint8_t *
nm_json_plain_integer(const uint8_t *p, const uint8_t *end, nm_json_value *out)
{
    const uint8_t *start = p;
    while (p < end && nm_ascii_is_digit(*p)) {
        p++;
    }
    if (p == end || (*p != ',' && *p != '}') || (*start == '0' && p - start > 1)) {
        return NULL;
    }
    out->kind = NM_JSON_INTEGER;
    out->is_verbatim = false;
    out->text = nm_span_of(start, (size_t)(p - start));
    return p;
}

/** Read the next string of an array of nothing else.
 *  @param p  At the opening bracket or at the comma in front of the string.
 *  @return behind the string; NULL if there is none. */
static inline const uint8_t *
nm_json_plain_item(const uint8_t *p, const uint8_t *end, nm_json_value *out)
{
    if (end - p < 2) {
        return NULL;
    }
    p = nm_json_plain_blank(p + 1);
    return p < end && *p == '"' ? nm_json_plain_string(p, end, out) : NULL;
}

/** Read an array of one string or more; `is_verbatim` tells that nm_json_plain_item() can take it
 *  apart up to its closing bracket. @param p  At the opening bracket.   @return behind it; NULL. */
static inline const uint8_t *
nm_json_plain_array(const uint8_t *p, const uint8_t *end, nm_json_value *out)
{
    const uint8_t *start = p;
    nm_json_value item;
    do {
        p = nm_json_plain_item(p, end, &item);
        if (p == NULL || p == end) {
            return NULL;
        }
    } while (*p == ',');
    if (*p != ']') {
        return NULL;
    }
    out->kind = NM_JSON_ARRAY;
    out->is_verbatim = true;
    out->text = nm_span_of(start, (size_t)(p + 1 - start));
    return p + 1;
}

/** Read a value. @param p  At its first octet.   @return behind it; NULL. */
static inline const uint8_t *
nm_json_plain_value(const uint8_t *p, const uint8_t *end, nm_json_value *out)
{
    if (*p == '"') {
        return nm_json_plain_string(p, end, out);
    }
    if (*p == '[') {
        return nm_json_plain_array(p, end, out);
    }
    return nm_ascii_is_digit(*p) ? nm_json_plain_integer(p, end, out) : NULL;
}

/** Read a comma, and a blank that may follow, in front of a member.
 *  @return NULL if there is no comma, or the end is near. */
static inline const uint8_t *
nm_json_plain_comma(const uint8_t *p, const uint8_t *end)
{
    return end - p >= 2 && *p == ',' ? nm_json_plain_blank(p + 1) : NULL;
}

/** Read the name of a member with the colon, and a blank that may follow.
 *  @param p     Where it is to start; there may be nothing left.
 *  @param name  Plain octets, 1 to NM_JSON_NAME_ROOM - 1, in NM_JSON_NAME_ROOM octets.
 *  @return the value, which is not the end; NULL if something else stands there, or the end is so
 *          near that it can be no usual member. */
static inline const uint8_t *
nm_json_plain_key(const uint8_t *p, const uint8_t *end, const char *name, size_t len)
{
    enum { AROUND = sizeof "\"\": " - 1 };
    const uint8_t *at = p + 1;
    size_t left = len;
    if ((size_t)(end - p) < len + NM_WORD_LEN + AROUND) {
        return NULL; /* Fewer than what is loaded below, and a blank and an octet behind that. */
    }
    for (; left > NM_WORD_LEN; left -= NM_WORD_LEN, at += NM_WORD_LEN, name += NM_WORD_LEN) {
        if (nm_word_load(at) != nm_word_load(name)) {
            return NULL;
        }
    }
    if ((nm_word_load(at) ^ nm_word_load(name)) << 8 * (NM_WORD_LEN - left) != 0 || *p != '"' ||
        at[left] != '"' || at[left + 1] != ':') {
        return NULL;
    }
    return nm_json_plain_blank(at + left + 2);
}

#endif
