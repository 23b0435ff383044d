/* SPDX-License-Identifier: Apache-2.0 */
/* A notation for DNS data that can be read: "0001 <www.example> 'text'". */
#ifndef NM_TESTS_UNIT_DNS_DNS_OCTETS_H
#define NM_TESTS_UNIT_DNS_DNS_OCTETS_H

#include "check.h"

#include "base/ascii.h"
#include "base/buffer.h"

enum { DNS_OCTETS_MAX = 2048 };

/** Data of a test, in its own storage. */
typedef struct dns_octets {
    uint8_t data[DNS_OCTETS_MAX];
    size_t len;
} dns_octets;

static inline void
dns_octets_put(dns_octets *o, uint8_t octet)
{
    CHECK_OR_EXIT(o->len < sizeof o->data);
    o->data[o->len++] = octet;
}

/* Labels up to ">", which stands for the root label, or "|", which stands for none. */
static inline const char *
dns_octets_name(dns_octets *o, const char *p)
{
    while (*p != '>' && *p != '|') {
        size_t len = strcspn(p, ".>|");
        dns_octets_put(o, (uint8_t)len);
        for (size_t i = 0; i < len; i++) {
            dns_octets_put(o, (uint8_t)p[i]);
        }
        p += len + (p[len] == '.');
    }
    if (*p == '>') {
        dns_octets_put(o, 0);
    }
    return p + 1;
}

/** Append octets: pairs of hexadecimal digits, text 'between quotes', names <a.example> (without
 *  the root label: <a.example|); blanks mean nothing. */
static inline void
dns_octets_add(dns_octets *o, const char *notation)
{
    for (const char *p = notation; *p != '\0';) {
        if (*p == ' ') {
            p++;
        } else if (*p == '<') {
            p = dns_octets_name(o, p + 1);
        } else if (*p == '\'') {
            for (p++; *p != '\''; p++) {
                dns_octets_put(o, (uint8_t)*p);
            }
            p++;
        } else {
            int high = nm_ascii_hex_value((uint8_t)p[0]);
            int low = nm_ascii_hex_value((uint8_t)p[1]);
            CHECK_OR_EXIT(high >= 0 && low >= 0);
            dns_octets_put(o, (uint8_t)(high << 4 | low));
            p += 2;
        }
    }
}

static inline dns_octets
dns_octets_of(const char *notation)
{
    dns_octets o = {.len = 0};
    dns_octets_add(&o, notation);
    return o;
}

static inline nm_span
dns_octets_span(const dns_octets *o)
{
    return nm_span_of(o->data, o->len);
}

/** What a test compares: `buffer` holds the C string `expected`. */
#define CHECK_BUFFER(buffer, expected) CHECK_TEXT((buffer).data, (buffer).len, expected)

#endif
