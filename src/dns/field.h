/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that write, read and check record data share; nobody else includes this. */
#ifndef NM_DNS_FIELD_H
#define NM_DNS_FIELD_H

#include "base/cursor.h"
#include "base/status.h"
#include "base/writer.h"

/** What keeps a field from being written. The numbers stand in the text "### PARSE ERROR #n ###";
 *  NM_DNS_FIELD_CUT shows none. */
typedef enum nm_dns_field_error {
    NM_DNS_FIELD_OK = 0,
    NM_DNS_FIELD_CUT = 1,       /**< Fewer octets than the field needs. */
    NM_DNS_FIELD_LABEL = 3,     /**< Length octet that is too large, or beyond the data. */
    NM_DNS_FIELD_LONG_NAME = 8, /**< Name of more than NM_DNS_NAME_MAX octets. */
    NM_DNS_FIELD_NO_DATA = 11,  /**< Nothing left for a name. */
    NM_DNS_FIELD_VALUE = 12,    /**< Wrong value of an option or a service parameter. */
} nm_dns_field_error;

/** Append the text that ends record data with an error. */
void nm_dns_field_error_format(nm_writer *w, nm_dns_field_error error);

/** The same as nm_dns_rdata_format() for record data that were found valid in a message.
 *  @param rdata  Part of `message`, to which compressed names refer. */
bool nm_dns_rdata_format_compressed(nm_writer *w, uint16_t type, uint16_t rrclass, nm_span message,
                                    nm_span rdata);

/** True when record data in a message have the fields of their type, all of it and nothing more;
 *  they may end behind any field, and may be empty. Types of another class and types without fields
 *  are always right.
 *  @param offset, len        Of the record data in the message; they must lie in it.
 *  @param ref_pointers_left  As in nm_dns_name_expand(). */
bool nm_dns_rdata_is_valid(uint16_t type, uint16_t rrclass, nm_span message, size_t offset,
                           size_t len, size_t *ref_pointers_left);

/** Text of record data that is being read. Functions that give a bool give false after a failure,
 *  which nm_dns_text_fail() has told. */
typedef struct nm_dns_text {
    const uint8_t *start;
    const uint8_t *pos;
    const uint8_t *end;
    nm_writer *out; /**< Takes the wire form. */
    nm_error *err;  /**< May be NULL. */
} nm_dns_text;

/** Tell what was expected at `at`. @return false. */
bool nm_dns_text_fail(nm_dns_text *t, const uint8_t *at, const char *expected);

/** True for what separates fields: space, tab, carriage return, line feed. */
static inline bool
nm_dns_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/** Pass all blanks. */
void nm_dns_text_skip_blanks(nm_dns_text *t);

/** Octets of a text in front of its first blank. */
size_t nm_dns_token_len(nm_span text);

/** Pass what stands before the next blank or the end. */
nm_span nm_dns_text_token(nm_dns_text *t);

/** Pass decimal digits, also none. */
nm_span nm_dns_text_digits(nm_dns_text *t);

/** Pass `literal` if it stands here; false if not. */
bool nm_dns_text_accept(nm_dns_text *t, const char *literal);

/** Pass one octet of a string, which may be escaped. Not at the end. */
bool nm_dns_text_octet(nm_dns_text *t, uint8_t *out);

/** Pass a quoted string, or a bare one up to the next blank, and append its octets. */
bool nm_dns_text_string(nm_dns_text *t);

/** Read a decimal number that is all of `digits`. @return false if it is none or above `max`. */
bool nm_dns_digits_parse(nm_span digits, uint32_t max, uint32_t *out);

/** Append a number of `len` octets, big-endian. */
void nm_dns_put_number(nm_writer *w, uint32_t value, size_t len);

/** Append what base64 says; what is not in its alphabet is skipped. */
void nm_dns_put_base64(nm_writer *w, nm_span text);

/** Append `len` octets for a length that is not known yet.
 *  @return what nm_dns_length_end() takes. */
size_t nm_dns_length_begin(nm_writer *w, size_t len);

/** Fill in how many octets were appended since nm_dns_length_begin(), modulo 256 to the power of
 *  `len`. @return how many; 0 after a failure. */
size_t nm_dns_length_end(nm_writer *w, size_t begin, size_t len);

#endif
