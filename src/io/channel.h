/* SPDX-License-Identifier: Apache-2.0 */
/* Channels: names for places to listen at, as an alias file of channels lists them.
 *
 *   ch202 10.32.202.255/8430..8437 2001:db8::1/9430
 *   ch204 10.32.204.255/8430
 *   ch204 tcp://192.0.2.1:5555,accept,pubsub
 *
 * A line is a name and the places behind it, parted by white space; lines with the same name add
 * up. Empty lines and those that begin with "#" count for nothing. */
#ifndef NM_IO_CHANNEL_H
#define NM_IO_CHANNEL_H

#include "base/address.h"
#include "base/buffer.h"
#include "base/cursor.h"
#include "base/status.h"

/** One line of the file. */
typedef struct nm_channel_line {
    nm_span name;    /**< Never empty; borrowed from the text, as the places. */
    nm_span places;  /**< All that is behind the name. */
    uint64_t number; /**< Of the line, counted from 1. */
} nm_channel_line;

/** One place to listen at. */
typedef struct nm_channel_place {
    nm_span text;                          /**< As it stands in the file; borrowed. */
    bool is_endpoint;                      /**< `text` is a ZMQ endpoint, the rest is unused. */
    char address[NM_ADDRESS_TEXT_MAX + 1]; /**< IPv4 or IPv6, NUL-terminated. */
    uint16_t first_port;                   /**< 0: any free one, which goes without a range. */
    uint16_t last_port;                    /**< Not below the first. */
} nm_channel_place;

/** A walk through the lines of a text, and the places of one channel. */
typedef struct nm_channel_search {
    nm_cursor text;
    uint64_t line;    /**< Number of the line last looked at. */
    nm_span name;     /**< What is looked for. */
    nm_cursor places; /**< Left of the line at hand. */
    bool is_known;    /**< A line with the name was seen. */
} nm_channel_search;

/** Start at the beginning of the text. Both are borrowed as long as the search is used.
 *  @param name  Case matters. Empty for nm_channel_line_next() alone. */
nm_channel_search nm_channel_search_init(nm_span text, nm_span name);

/** The next line, whatever its name. @return false at the end of the text. */
bool nm_channel_line_next(nm_channel_search *search, nm_channel_line *out);

/** The next place of the channel.
 *  @param out  Written on NM_OK only.
 *  @param err  Optional; names line and place, its offset is that of the place in the text.
 *  @return NM_OK; NM_END: no more, see also is_known; NM_E_PARSE: neither address/port nor
 *          address/first..last nor an endpoint, it may be called again for the next. */
NM_MUST_CHECK nm_status nm_channel_place_next(nm_channel_search *search, nm_channel_place *out,
                                              nm_error *err);

/** Read the alias file of channels: the first that exists of the places that
 *  nm_alias_paths_list() tells. Looks at the environment.
 *  @param out_text  Initialised by the caller; what it held is gone.
 *  @param out_path  Path of the file, NULL when there is none; caller frees with free(). Written on
 *                   NM_OK only.
 *  @param err       Optional; names the file.
 *  @return NM_OK; NM_E_SYSTEM: it is there but cannot be read; NM_E_LIMIT: larger than
 *          NM_ALIAS_FILE_LEN_MAX, or `out_text` may be; NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_channel_file_read(nm_buffer *out_text, char **out_path, nm_error *err);

#endif
