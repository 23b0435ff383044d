/* SPDX-License-Identifier: Apache-2.0 */
/* A message type with a field of every kind, for tests of what its values look like. */
#ifndef NM_TESTS_UNIT_TEXT_ALL_KINDS_H
#define NM_TESTS_UNIT_TEXT_ALL_KINDS_H

#include <stdlib.h>

#include "message/index.h"

/** Rows of the type. */
enum {
    ROW_TYPE, /* An enum as base:encode has it. */
    ROW_BYTES,
    ROW_STRING,
    ROW_MLSTRING,
    ROW_IP,
    ROW_UINT16,
    ROW_UINT32,
    ROW_UINT64,
    ROW_INT16,
    ROW_INT32,
    ROW_INT64,
    ROW_DOUBLE,
    ROW_BOOL,
    ROW_DNS_NAME,
    ROW_DNS_TYPE,
    ROW_DNS_CLASS,
    ROW_DNS_CLASS_SIE,
    ROW_DNS_RCODE,
    ROW_DNS_RDATA,
    ROW_DNS_MESSAGE,
    ROW_DNS_MESSAGE_OBJECT,
    ROW_DNS_MESSAGE_TEXT,
    ROW_IP_PROTOCOL,
    ROW_HEX32,
    ROW_EPOCH,
    ROW_SYMBOL,
    ROW_ENCODED,
    ROW_NCAP_PAYLOAD,
    ROWS,
};

static const nm_enum_value all_kinds_symbols_values[] = {
    {"TEXT", 0}, {"JSON", 1}, {"YAML", 2}, {"MSGPACK", 3}, {"minus", -5},
};
static const nm_enum all_kinds_symbols = NM_ENUM(all_kinds_symbols_values);

static const nm_field all_kinds_fields[ROWS] = {
    {1, NM_NAME("type"), NM_PB_ENUM, NM_KIND_ENUM, 0, &all_kinds_symbols, NULL},
    {2, NM_NAME("bytes"), NM_PB_BYTES, NM_KIND_BYTES, 0, NULL, NULL},
    {3, NM_NAME("string"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL, NULL},
    {4, NM_NAME("mlstring"), NM_PB_BYTES, NM_KIND_MLSTRING, 0, NULL, NULL},
    {5, NM_NAME("ip"), NM_PB_BYTES, NM_KIND_IP, 0, NULL, NULL},
    {6, NM_NAME("uint16"), NM_PB_UINT32, NM_KIND_UINT16, 0, NULL, NULL},
    {7, NM_NAME("uint32"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL, NULL},
    {8, NM_NAME("uint64"), NM_PB_UINT64, NM_KIND_UINT64, 0, NULL, NULL},
    {9, NM_NAME("int16"), NM_PB_INT32, NM_KIND_INT16, 0, NULL, NULL},
    {10, NM_NAME("int32"), NM_PB_SFIXED32, NM_KIND_INT32, 0, NULL, NULL},
    {11, NM_NAME("int64"), NM_PB_INT64, NM_KIND_INT64, 0, NULL, NULL},
    {12, NM_NAME("double"), NM_PB_DOUBLE, NM_KIND_DOUBLE, 0, NULL, NULL},
    {13, NM_NAME("bool"), NM_PB_BOOL, NM_KIND_BOOL, 0, NULL, NULL},
    {14, NM_NAME("dns_name"), NM_PB_BYTES, NM_KIND_DNS_NAME, 0, NULL, NULL},
    {15, NM_NAME("dns_type"), NM_PB_UINT32, NM_KIND_DNS_TYPE, 0, NULL, NULL},
    {16, NM_NAME("dns_class"), NM_PB_UINT32, NM_KIND_DNS_CLASS, 0, NULL, NULL},
    {17, NM_NAME("dns_class_sie"), NM_PB_UINT32, NM_KIND_DNS_CLASS_SIE, 0, NULL, NULL},
    {18, NM_NAME("dns_rcode"), NM_PB_UINT32, NM_KIND_DNS_RCODE, 0, NULL, NULL},
    {19, NM_NAME("dns_rdata"), NM_PB_BYTES, NM_KIND_DNS_RDATA, 0, NULL, NULL},
    {20, NM_NAME("dns_message"), NM_PB_BYTES, NM_KIND_DNS_MESSAGE, 0, NULL, NULL},
    {21, NM_NAME("dns_message_object"), NM_PB_BYTES, NM_KIND_DNS_MESSAGE_OBJECT, 0, NULL, NULL},
    {22, NM_NAME("dns_message_text"), NM_PB_BYTES, NM_KIND_DNS_MESSAGE_TEXT, 0, NULL, NULL},
    {23, NM_NAME("ip_protocol"), NM_PB_UINT32, NM_KIND_IP_PROTOCOL, 0, NULL, NULL},
    {24, NM_NAME("hex32"), NM_PB_FIXED32, NM_KIND_HEX32, 0, NULL, NULL},
    {25, NM_NAME("epoch"), NM_PB_UINT32, NM_KIND_EPOCH, 0, NULL, NULL},
    {26, NM_NAME("symbol"), NM_PB_UINT32, NM_KIND_SYMBOL, 0, &all_kinds_symbols, NULL},
    {27, NM_NAME("encoded"), NM_PB_BYTES, NM_KIND_ENCODED, 0, NULL, NULL},
    {28, NM_NAME("ncap_payload"), NM_PB_BYTES, NM_KIND_NCAP_PAYLOAD, 0, NULL, NULL},
};

static const nm_schema all_kinds_schema = {
    .vendor = 9,
    .type = 9,
    .name = "all",
    NM_SCHEMA_FIELDS(all_kinds_fields),
    .rrtype = 15,
    .rrclass = 16,
};

/** A value and what becomes of it. */
typedef struct value_row {
    const char *name;
    size_t row;
    nm_value value;
    const char *text;
} value_row;

/** Values of a row, one for each way that a message stores them. */
#define UNSIGNED(number) {.u64 = (number)}
#define SIGNED(number) {.i64 = (number)}
#define REAL(number) {.real = (number)}
#define OCTETS(text) {.bytes = {(const uint8_t *)(text), sizeof(text) - 1}}

/** A DNS message: a query for a./A. */
#define DNS_QUERY "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01\x61\x00\x00\x01\x00\x01"

/** A domain name of 256 octets, one too many. */
#define LABEL_49 "\x31xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define DNS_NAME_256 LABEL_49 LABEL_49 LABEL_49 LABEL_49 LABEL_49 "\x04yyyy\x00"

/** Type A (1) and class IN (1) in the fields that tell about record data. */
static const uint8_t all_kinds_payload_a[] = {15 * 8, 1, 0x80, 1, 1};

/** The fields of a message of the type, with one payload or another.
 *  @param slots  Room for ROWS; the result borrows from it and the payload. */
static inline nm_fields
all_kinds_index(nm_span payload, nm_slot *slots)
{
    if (nm_index_build(&all_kinds_schema, payload, slots, NULL) != NM_OK) {
        abort(); /* The test is wrong. */
    }
    return (nm_fields){.schema = &all_kinds_schema, .payload = payload, .slots = slots};
}

#endif
