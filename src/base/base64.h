/* SPDX-License-Identifier: Apache-2.0 */
/* Base64, standard alphabet (RFC 4648 section 4). */
#ifndef NM_BASE_BASE64_H
#define NM_BASE_BASE64_H

#include "base/writer.h"

/** Octets that `len` characters can give at most. */
#define NM_BASE64_DECODED_MAX(len) ((len) / 4 * 3 + 3)

/** Append octets in base64, padded with "=", without line breaks. */
void nm_base64_encode(nm_writer *w, nm_span in);

/** Decode leniently: every octet outside the alphabet is skipped, padding included, and the bits of
 *  an unfinished last octet are dropped. So no text is wrong, and "QQ==QQ==" is read as "QQQQ".
 *  @param out  Room for NM_BASE64_DECODED_MAX(text.len); may be text.data itself.
 *  @return Octets written. */
size_t nm_base64_decode(nm_span text, uint8_t *out);

#endif
