/* SPDX-License-Identifier: Apache-2.0 */
/* What a JSON string says. */
#ifndef NM_TEXT_JSON_STRING_H
#define NM_TEXT_JSON_STRING_H

#include "base/buffer.h"
#include "text/json_reader.h"

/** Room that decoding takes: an octet that is no UTF-8 becomes the three of U+FFFD. */
#define NM_JSON_DECODED_MAX(len) ((len) * 3)

/** Write what a string says as UTF-8: escapes resolved, surrogates without their partner and octets
 *  that are no UTF-8 replaced by U+FFFD (as nm_utf8_sequence() counts them).
 *  @param text  Between the quotes, as nm_json_next() gave it; less than SIZE_MAX / 3 octets.
 *  @param out   Room for NM_JSON_DECODED_MAX(text.len); must not overlap `text`.
 *  @return Octets written. */
size_t nm_json_string_decode(nm_span text, uint8_t *out);

/** Where strings that are not verbatim are decoded: a fixed room, and memory for those that do not
 *  fit there. */
typedef struct nm_json_scratch {
    nm_buffer large;
    uint8_t small[1024];
} nm_json_scratch;

/** Start without memory. @param allocator  Borrowed until nm_json_scratch_clear(). */
void nm_json_scratch_init(nm_json_scratch *scratch, const nm_allocator *allocator);

/** Give the memory back. */
void nm_json_scratch_clear(nm_json_scratch *scratch);

/** What a string or key says.
 *  @param out  Borrowed from the text, or from `scratch` until it is used again.
 *  @return NM_OK, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_json_string_get(const nm_json_value *value, nm_json_scratch *scratch,
                                           nm_span *out);

/** The same for what may be a name that is known here, and takes no memory: what is longer than any
 *  such name, or says something that is no name at all, may come undecoded. */
nm_span nm_json_name_get(const nm_json_value *value, nm_json_scratch *scratch);

#endif
