/* SPDX-License-Identifier: Apache-2.0 */
/* Taking DNS messages apart. Only files of this folder use this.
 *
 *   if (!nm_dns_reader_begin(&reader, message)) … unparsable …
 *   nm_dns_reader_section(&reader, NM_DNS_ANSWER);
 *   while (nm_dns_reader_next(&reader, &record)) … */
#ifndef NM_DNS_MESSAGE_READER_H
#define NM_DNS_MESSAGE_READER_H

#include "dns/name.h"

/** Sections in their order (RFC 1035 section 4.1). */
typedef enum nm_dns_section {
    NM_DNS_QUESTION,
    NM_DNS_ANSWER,
    NM_DNS_AUTHORITY,
    NM_DNS_ADDITIONAL,
    NM_DNS_SECTION_COUNT
} nm_dns_section;

/** A record, or a question, which has neither TTL nor record data. */
typedef struct nm_dns_record {
    size_t owner; /**< Where the name is, in octets from the start of the message. */
    uint32_t ttl; /**< Seconds. */
    uint16_t type;
    uint16_t rrclass;
    nm_span rdata; /**< Borrowed from the message, names still compressed. */
} nm_dns_record;

/** Bits of the flags (RFC 1035 section 4.1.1; AD and CD: RFC 4035 section 3). */
enum {
    NM_DNS_FLAG_QR = 0x8000,
    NM_DNS_FLAG_AA = 0x0400,
    NM_DNS_FLAG_TC = 0x0200,
    NM_DNS_FLAG_RD = 0x0100,
    NM_DNS_FLAG_RA = 0x0080,
    NM_DNS_FLAG_AD = 0x0020,
    NM_DNS_FLAG_CD = 0x0010,
};

/** Flags in the order of both forms. */
static const struct {
    uint16_t mask;
    char name[3];
} nm_dns_flags[] = {
    {NM_DNS_FLAG_QR, "qr"}, {NM_DNS_FLAG_AA, "aa"}, {NM_DNS_FLAG_TC, "tc"}, {NM_DNS_FLAG_RD, "rd"},
    {NM_DNS_FLAG_RA, "ra"}, {NM_DNS_FLAG_AD, "ad"}, {NM_DNS_FLAG_CD, "cd"},
};

enum { NM_DNS_FLAG_COUNT = sizeof nm_dns_flags / sizeof *nm_dns_flags };

/** What EDNS says; the options are record data of type OPT (RFC 6891 section 6.1). */
typedef struct nm_dns_edns {
    bool is_present;
    bool is_question;  /**< An OPT "record" among the questions, which has no options. */
    bool is_dnssec_ok; /**< Flag DO (RFC 3225 section 3). */
    uint8_t version;
    uint16_t udp_len; /**< Largest message that the sender takes, octets. */
    nm_span options;
} nm_dns_edns;

/** A message whose records were found valid, and the place of the record to be read next. */
typedef struct nm_dns_reader {
    nm_span message; /**< Borrowed. */
    uint16_t id;
    uint16_t flags; /**< Whole second word of the header. */
    uint16_t rcode; /**< Four bits of the header; above the lowest eight those of EDNS. */
    uint8_t opcode;
    nm_dns_edns edns;
    size_t edns_owner; /**< Which record is the one of EDNS; SIZE_MAX for none. */
    struct {
        size_t offset;  /**< Of the first record. */
        uint32_t total; /**< Records that are there. */
        uint32_t count; /**< The same without the one of EDNS. */
    } sections[NM_DNS_SECTION_COUNT];
    nm_dns_section section;
    size_t at;
    uint32_t left;
} nm_dns_reader;

/** Check a whole message and set up to read it.
 *  @return false when it is unparsable (see dns/message.h). */
bool nm_dns_reader_begin(nm_dns_reader *r, nm_span message);

/** Go to the first record of a section. */
void nm_dns_reader_section(nm_dns_reader *r, nm_dns_section section);

/** Read the next record of the section; false at its end. The record of EDNS is left out. */
bool nm_dns_reader_next(nm_dns_reader *r, nm_dns_record *out);

/** Expand the name of a record. @return its octets, 1 to NM_DNS_NAME_MAX. */
size_t nm_dns_reader_owner(const nm_dns_reader *r, const nm_dns_record *record,
                           uint8_t out[NM_DNS_NAME_MAX]);

#endif
