/* SPDX-License-Identifier: Apache-2.0 */
/* ASCII text as str, which spares it the decoder. */
#ifndef NMPY_ASCII_H
#define NMPY_ASCII_H

#include "module.h"

/** The highest bit of each octet of a word. */
#define NMPY_HIGH_BITS UINT64_C(0x8080808080808080)

static inline uint64_t
nmpy_word_at(const uint8_t *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof word);
    return word;
}

/** Whether all octets are ASCII. */
static inline bool
nmpy_is_ascii(nm_span text)
{
    uint64_t found = 0;
    size_t i = 0;
    for (; i + sizeof(uint64_t) <= text.len; i += sizeof(uint64_t)) {
        found |= nmpy_word_at(text.data + i);
    }
    for (; i < text.len; i++) {
        found |= text.data[i];
    }
    return (found & NMPY_HIGH_BITS) == 0;
}

/** Whether the inside of a JSON string is ASCII without a backslash and stands for itself. */
static inline bool
nmpy_is_plain(nm_span text)
{
    const uint64_t low_bits = NMPY_HIGH_BITS >> 7;
    uint64_t found = 0;
    size_t i = 0;
    for (; i + sizeof(uint64_t) <= text.len; i += sizeof(uint64_t)) {
        uint64_t word = nmpy_word_at(text.data + i);
        uint64_t slashes = word ^ low_bits * '\\'; /* An octet of zero for each backslash. */
        found |= word | ((slashes - low_bits) & ~slashes);
    }
    for (; i < text.len; i++) {
        found |= text.data[i] == '\\' ? NMPY_HIGH_BITS : (uint64_t)text.data[i];
    }
    return (found & NMPY_HIGH_BITS) == 0;
}

/** A str of ASCII text, which needs no decoding. @return new reference, or NULL. */
static inline PyObject *
nmpy_ascii_new(const void *text, size_t len)
{
    PyObject *object = PyUnicode_New((Py_ssize_t)len, /* maxchar= */ 127);
    if (object != NULL && len > 0) { /* The empty one is shared. */
        memcpy(PyUnicode_1BYTE_DATA(object), text, len);
    }
    return object;
}

/** A str of UTF-8, for the most part ASCII. @param errors  As PyUnicode_DecodeUTF8(). */
static inline PyObject *
nmpy_utf8_new(nm_span text, const char *errors)
{
    return nmpy_is_ascii(text)
               ? nmpy_ascii_new(text.data, text.len)
               : PyUnicode_DecodeUTF8((const char *)text.data, (Py_ssize_t)text.len, errors);
}

#endif
