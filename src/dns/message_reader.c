/* SPDX-License-Identifier: Apache-2.0 */
/* One pass checks a message from end to end, so that the passes that follow need not. */
#include "dns/message_reader.h"

#include "dns/constants.h"
#include "dns/field.h"

#include "base/cursor.h"

enum {
    HEADER_LEN = 12,         /* RFC 1035 section 4.1.1 */
    QUESTION_LEN = 4,        /* Type and class behind the name (RFC 1035 section 4.1.2). */
    RECORD_LEN = 10,         /* Type, class, TTL and length (RFC 1035 section 4.1.3). */
    EDNS_DNSSEC_OK = 0x8000, /* RFC 3225 section 3 */
    /* Compression pointers that are followed while a message is checked. A name needs no more of
     * them than it has labels; a chain of pointers to pointers, which may be thousands long and
     * is met by every name that refers to it, must not cost time without bound. */
    POINTERS_MIN = 1 << 16,
    POINTERS_PER_OCTET = 16,
};

/* Read what stands behind the name of a record. False when there is too little of it. */
static bool
read_fixed(nm_cursor *c, nm_dns_section section, nm_dns_record *out)
{
    if (nm_cursor_left(c) < (section == NM_DNS_QUESTION ? QUESTION_LEN : RECORD_LEN)) {
        return false;
    }
    out->type = nm_cursor_be16(c);
    out->rrclass = nm_cursor_be16(c);
    out->ttl = 0;
    out->rdata = nm_span_of(NULL, 0);
    if (section != NM_DNS_QUESTION) {
        out->ttl = nm_cursor_be32(c);
        out->rdata = nm_cursor_take(c, nm_cursor_be16(c));
    }
    return !c->has_failed;
}

/* Read and check the record at the cursor. */
static bool
check_record(nm_span message, nm_cursor *c, nm_dns_section section, size_t *ref_pointers_left,
             nm_dns_record *out)
{
    uint8_t name[NM_DNS_NAME_MAX];
    size_t name_len;
    out->owner = nm_cursor_offset(c);
    size_t taken = nm_dns_name_expand(message, out->owner, name, &name_len, ref_pointers_left);
    nm_cursor_take(c, taken);
    if (taken == 0 || !read_fixed(c, section, out)) {
        return false;
    }
    size_t rdata_offset = nm_cursor_offset(c) - out->rdata.len;
    return nm_dns_rdata_is_valid(out->type, out->rrclass, message, rdata_offset, out->rdata.len,
                                 ref_pointers_left);
}

static void
take_edns(nm_dns_reader *r, const nm_dns_record *record)
{
    r->edns_owner = record->owner;
    r->rcode |= (uint16_t)(record->ttl >> 16 & 0xff00);
    r->edns = (nm_dns_edns){
        .is_present = true,
        .is_question = record->rdata.data == NULL,
        .is_dnssec_ok = (record->ttl & EDNS_DNSSEC_OK) != 0,
        .version = (uint8_t)(record->ttl >> 16),
        .udp_len = record->rrclass,
        .options = record->rdata,
    };
}

static bool
check_section(nm_dns_reader *r, nm_cursor *c, nm_dns_section section, uint16_t count,
              size_t *ref_pointers_left)
{
    uint32_t total = 0;
    uint32_t edns_records = 0;
    nm_dns_record record;
    r->sections[section].offset = nm_cursor_offset(c);
    for (; total < count && nm_cursor_left(c) > 0; total++) {
        if (!check_record(r->message, c, section, ref_pointers_left, &record)) {
            return false;
        }
        if (record.type == NM_DNS_TYPE_OPT && !r->edns.is_present) {
            take_edns(r, &record);
            edns_records = 1;
        }
    }
    r->sections[section].total = total;
    r->sections[section].count = total - edns_records;
    return true;
}

bool
nm_dns_reader_begin(nm_dns_reader *r, nm_span message)
{
    if (message.len < HEADER_LEN) {
        return false;
    }
    size_t pointers_left = message.len > (SIZE_MAX - POINTERS_MIN) / POINTERS_PER_OCTET
                               ? SIZE_MAX
                               : POINTERS_MIN + POINTERS_PER_OCTET * message.len;
    uint16_t counts[NM_DNS_SECTION_COUNT];
    nm_cursor c = nm_cursor_init(message);
    *r = (nm_dns_reader){.message = message, .edns_owner = SIZE_MAX};
    r->id = nm_cursor_be16(&c);
    r->flags = nm_cursor_be16(&c);
    r->rcode = r->flags & NM_DNS_RCODE_HEADER_MAX;
    r->opcode = r->flags >> 11 & 15;
    for (size_t i = 0; i < NM_DNS_SECTION_COUNT; i++) {
        counts[i] = nm_cursor_be16(&c);
    }
    for (size_t i = 0; i < NM_DNS_SECTION_COUNT; i++) {
        if (!check_section(r, &c, (nm_dns_section)i, counts[i], &pointers_left)) {
            return false;
        }
    }
    return true;
}

void
nm_dns_reader_section(nm_dns_reader *r, nm_dns_section section)
{
    r->section = section;
    r->at = r->sections[section].offset;
    r->left = r->sections[section].total;
}

/* Pass a name that was found valid. */
static void
skip_name(nm_cursor *c)
{
    uint8_t octet;
    do {
        octet = nm_cursor_u8(c);
        nm_cursor_take(c, octet <= NM_DNS_LABEL_MAX ? octet : 1);
    } while (octet > 0 && octet <= NM_DNS_LABEL_MAX);
}

bool
nm_dns_reader_next(nm_dns_reader *r, nm_dns_record *out)
{
    nm_cursor c = nm_cursor_init(r->message);
    while (r->left > 0) {
        nm_cursor_take(&c, r->at - nm_cursor_offset(&c));
        out->owner = r->at;
        skip_name(&c);
        read_fixed(&c, r->section, out);
        r->at = nm_cursor_offset(&c);
        r->left--;
        if (out->owner != r->edns_owner) {
            return true;
        }
    }
    return false;
}

size_t
nm_dns_reader_owner(const nm_dns_reader *r, const nm_dns_record *record,
                    uint8_t out[NM_DNS_NAME_MAX])
{
    size_t len = 0;
    size_t no_limit = SIZE_MAX;
    nm_dns_name_expand(r->message, record->owner, out, &len, &no_limit);
    return len;
}
