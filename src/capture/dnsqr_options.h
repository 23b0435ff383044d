/* SPDX-License-Identifier: Apache-2.0 */
/* What can be set about DNS transactions, and how users say it: the values of the variables
 * DNSQR_…, whoever got hold of them. */
#ifndef NM_CAPTURE_DNSQR_OPTIONS_H
#define NM_CAPTURE_DNSQR_OPTIONS_H

#include "base/buffer.h"

/** Which DNS messages over UDP become messages, and how. */
typedef enum nm_dnsqr_mode {
    NM_DNSQR_PAIRS,     /**< Queries with their responses, and both alone. */
    NM_DNSQR_QUERIES,   /**< Queries only, each at once (UDP_QUERY_ONLY). */
    NM_DNSQR_RESPONSES, /**< Responses only, each at once (UDP_RESPONSE_ONLY). */
} nm_dnsqr_mode;

/** Which value of the flag RD, recursion desired, is wanted. Only in NM_DNSQR_PAIRS. */
typedef enum nm_dnsqr_rd {
    NM_DNSQR_RD_ANY,
    NM_DNSQR_RD_CLEAR,
    NM_DNSQR_RD_SET,
} nm_dnsqr_rd;

/** All that can be set; start from nm_dnsqr_options_default. */
typedef struct nm_dnsqr_options {
    nm_dnsqr_mode mode;
    nm_dnsqr_rd rd;
    uint32_t query_timeout_sec; /**< A query is unanswered when it is older than this; not 0. */
    uint32_t queries_max;       /**< Queries that wait for a response at a time; not 0. With more
                                     the oldest count as unanswered. */
    size_t queries_len_max;     /**< Octets of their packets, all together; with more the same. */
    bool zeroes_resolver;       /**< Zero the resolver's address, in fields and in packets. */
    nm_span names_excluded;     /**< Names separated by ":", as text: a message is dropped when its
                                     query name is one of them or below. Not in QUERIES and
                                     RESPONSES. Borrowed until nm_capture_new() returns. */
    nm_span names_included;     /**< The same: names that are never excluded. */
} nm_dnsqr_options;

/** Pairs with any RD, 60 s, 131,072 queries of 256 MiB, nothing zeroed, no names. */
extern const nm_dnsqr_options nm_dnsqr_options_default;

/** The variables of the environment. */
typedef enum nm_dnsqr_variable {
    NM_DNSQR_QUERY_TIMEOUT,
    NM_DNSQR_STATE_TABLE_MAX,
    NM_DNSQR_CAPTURE_QR,
    NM_DNSQR_CAPTURE_RD,
    NM_DNSQR_ZERO_RESOLVER_ADDRESS,
    NM_DNSQR_FILTER_QNAMES_EXCLUDE,
    NM_DNSQR_FILTER_QNAMES_INCLUDE,
    NM_DNSQR_AUTH_ADDRS,
    NM_DNSQR_RES_ADDRS,
    NM_DNSQR_VARIABLE_COUNT
} nm_dnsqr_variable;

/** Their names: "DNSQR_QUERY_TIMEOUT". */
extern const char *const nm_dnsqr_variable_names[NM_DNSQR_VARIABLE_COUNT];

/** Set options as the values of the variables say: numbers in C notation, decimal, 0… octal or 0x…
 *  hexadecimal. A value that makes no sense counts as absent. The two lists of addresses make no
 *  option but a filter: nm_dnsqr_filter_format().
 *  @param values   NUL-terminated, NULL where a variable is not set. Those of the names are
 *                  borrowed by *options.
 *  @param options  Changed where a value says so. */
void nm_dnsqr_options_set(const char *const values[NM_DNSQR_VARIABLE_COUNT],
                          nm_dnsqr_options *options);

/** The next name of a list (nm_dnsqr_options.names_…) that is none and so is ignored.
 *  @param list  Moves behind it.   @return false when there are no more. */
bool nm_dnsqr_names_next_bad(nm_span *list, nm_span *out_name);

/** Append the expression for libpcap that selects the traffic of some servers: what
 *  DNSQR_AUTH_ADDRS and DNSQR_RES_ADDRS ask for. To be applied as it is (where there may be VLAN
 *  tags, as "X or (vlan and X)"), and once more without link layer: nm_capture_options.passes.
 *  @param authorities  Addresses or prefixes, separated by commas; NULL: not asked for.
 *  @param resolvers    The same; not NULL too.
 *  @param out          Gets the text without NUL; unchanged on failure.
 *  What is neither address nor prefix in a list is left out.
 *  @return NM_OK; NM_E_ARGUMENT: a list with nothing else in it; NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_dnsqr_filter_format(const char *authorities, const char *resolvers,
                                               nm_dnsqr_mode mode, nm_buffer *out, nm_error *err);

#endif
