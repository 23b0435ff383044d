/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed blocks: a 32-bit length, then one zlib stream (docs/format.md, section 4; RFC 1950).
 *
 * Two files implement this header, one with zlib, one with libdeflate; the build takes one. */
#ifndef NM_WIRE_ZBLOCK_H
#define NM_WIRE_ZBLOCK_H

#include "base/buffer.h"

/** Decompressor, reused from block to block. */
typedef struct nm_inflater nm_inflater;

/** Compressor, reused from block to block. */
typedef struct nm_deflater nm_deflater;

enum {
    NM_ZBLOCK_PREFIX_LEN = 4, /**< The announced length in front of the stream. */
    NM_ZLEVEL_DEFAULT = -1,   /**< At most 2 % larger than zlib's level 6. */
    NM_ZLEVEL_MIN = 1,        /**< Fastest. */
    NM_ZLEVEL_MAX = 9,        /**< Smallest. */
};

/** Name and version of the library behind this header, e.g. "zlib 1.2.13". */
const char *nm_zblock_library(void);

/** New decompressor; NULL when there is no memory. Caller frees with nm_inflater_free(). */
nm_inflater *nm_inflater_new(const nm_allocator *allocator);

/** Accepts NULL. */
void nm_inflater_free(nm_inflater *inflater);

/** Decompress a block; octets behind the stream are ignored.
 *  @param limit  Largest announced length to believe; 2^32 - 1 is never believed.
 *  @param out    Emptied, then filled; its content is undefined after a failure.
 *  @param err    Optional; offset is in `block`.
 *  @return NM_OK; NM_E_PARSE (shorter than the prefix); NM_E_LIMIT; NM_E_INFLATE (corrupt, or the
 *          stream does not hold exactly the announced number of octets); NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_zblock_inflate(nm_inflater *inflater, nm_span block, size_t limit,
                                          nm_buffer *out, nm_error *err);

/** New compressor. @param level  NM_ZLEVEL_DEFAULT or NM_ZLEVEL_MIN to NM_ZLEVEL_MAX; others are
 *  taken as the nearest of these. NULL when there is no memory. Free with nm_deflater_free(). */
nm_deflater *nm_deflater_new(int level, const nm_allocator *allocator);

/** Accepts NULL. */
void nm_deflater_free(nm_deflater *deflater);

/** Append the compressed block of `in` to `out`.
 *  @return NM_OK, NM_E_LIMIT (`in` is 4 GiB or more, or `out` may not grow so far), NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_zblock_deflate(nm_deflater *deflater, nm_span in, nm_buffer *out);

/** For the two implementations: the level that a caller's stands for, `fallback` by default. */
int nm_zlevel_of(int level, int fallback);

/** For the two implementations: write the prefix of a block of `len` octets (less than 4 GiB).
 *  @return The octet behind it. */
uint8_t *nm_zblock_put_len(uint8_t *out, size_t len);

/** For the two implementations: check the prefix of a block.
 *  @param out_len     The announced length.
 *  @param out_stream  What follows the prefix. */
NM_MUST_CHECK nm_status nm_zblock_open(nm_span block, size_t limit, uint32_t *out_len,
                                       nm_span *out_stream, nm_error *err);

#endif
