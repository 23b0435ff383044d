/* SPDX-License-Identifier: Apache-2.0 */
/* Grouping the records of a section into sets of the same name, type and class (RFC 2181 section
 * 5). Only files of this folder use this. */
#ifndef NM_DNS_RRSET_H
#define NM_DNS_RRSET_H

#include "dns/message_reader.h"

enum {
    NM_DNS_RRSET_END = UINT32_MAX, /**< No further member. */
    NM_DNS_RRSETS_LOCAL = 16,      /**< Records that need no memory from the allocator. */
};

/** A record of the section. */
typedef struct nm_dns_rrset_member {
    nm_dns_record record;
    uint32_t next;       /**< The next of the same set, or NM_DNS_RRSET_END. */
    uint32_t lowest_ttl; /**< Of the set; only in its first member. */
    bool is_first;       /**< Of its set. */
    uint8_t name_len;
    const uint8_t *name; /**< Expanded, letters made small. */
} nm_dns_rrset_member;

/** All records of a section, in their order. */
typedef struct nm_dns_rrsets {
    nm_dns_rrset_member *members;
    uint32_t count;
    const nm_allocator *allocator;
    void *block; /**< NULL for few records. */
    nm_dns_rrset_member local_members[NM_DNS_RRSETS_LOCAL];
    uint32_t local_order[NM_DNS_RRSETS_LOCAL];
    uint8_t local_names[NM_DNS_RRSETS_LOCAL * NM_DNS_NAME_MAX];
} nm_dns_rrsets;

/** Read the section at which the reader stands, to its end, and group its records.
 *
 *  Time grows as n log n with the number n of records, memory as n.
 *  @param sets  In the caller's storage, not to be moved; empty after a failure, and then also to
 *               be given to nm_dns_rrsets_clear().
 *  @return NM_OK, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_dns_rrsets_init(nm_dns_rrsets *sets, nm_dns_reader *r,
                                           const nm_allocator *allocator);

/** Give the memory back. */
void nm_dns_rrsets_clear(nm_dns_rrsets *sets);

#endif
