/* SPDX-License-Identifier: Apache-2.0 */
/* What a message type is: a constant table. Adding a type adds one table and one line of the
 * registry; everything else reads the tables (docs/architecture.md, "A new message type"). */
#ifndef NM_MESSAGE_SCHEMA_H
#define NM_MESSAGE_SCHEMA_H

#include "base/word.h"
#include "message/value.h"

/** How a field's value is encoded: the scalar types of proto2 that occur. */
typedef enum nm_pb_type {
    NM_PB_UINT32,
    NM_PB_UINT64,
    NM_PB_INT32, /**< Negative values take ten octets (sign-extended to 64 bits). */
    NM_PB_INT64,
    NM_PB_ENUM, /**< As NM_PB_INT32. */
    NM_PB_BOOL,
    NM_PB_FIXED32,  /**< Unsigned, four octets. Up to here all are varints. */
    NM_PB_SFIXED32, /**< Signed, four octets. */
    NM_PB_DOUBLE,
    NM_PB_BYTES,
} nm_pb_type;

/** True for numbers that are encoded as varints. */
static inline bool
nm_pb_type_is_varint(nm_pb_type pb_type)
{
    return pb_type < NM_PB_FIXED32;
}

/** What a field's value means. The first thirteen are the plain types, whose numbers are public:
 *  Python programs see them as `field_types`. The others are plain values that have a text form of
 *  their own (docs/format.md, section 11); nm_kind_type() tells which. */
typedef enum nm_kind {
    NM_KIND_ENUM = 0,
    NM_KIND_BYTES = 1,
    NM_KIND_STRING = 2,   /**< One line of text, by custom UTF-8. */
    NM_KIND_MLSTRING = 3, /**< Text of several lines. */
    NM_KIND_IP = 4,       /**< 4 or 16 octets, network order. */
    NM_KIND_UINT16 = 5,   /**< Stored in 32 bits: larger values do occur and are kept. */
    NM_KIND_UINT32 = 6,
    NM_KIND_UINT64 = 7,
    NM_KIND_INT16 = 8, /**< As NM_KIND_UINT16. */
    NM_KIND_INT32 = 9,
    NM_KIND_INT64 = 10,
    NM_KIND_DOUBLE = 11,
    NM_KIND_BOOL = 12,
    NM_KIND_DNS_NAME = 13,      /**< Bytes: a domain name in wire form (RFC 1035 section 3.1). */
    NM_KIND_DNS_TYPE = 14,      /**< uint16: type of a resource record. */
    NM_KIND_DNS_CLASS = 15,     /**< uint16: class of a resource record. */
    NM_KIND_DNS_CLASS_SIE = 16, /**< The same, written otherwise where it has no name. */
    NM_KIND_DNS_RCODE = 17,     /**< uint16: response code. */
    NM_KIND_DNS_RDATA = 18,     /**< Bytes: record data; type and class stand in other fields. */
    NM_KIND_DNS_MESSAGE = 19,   /**< Bytes: a DNS message; in JSON plain bytes. */
    NM_KIND_DNS_MESSAGE_OBJECT = 20, /**< The same, in JSON an object. */
    NM_KIND_DNS_MESSAGE_TEXT = 21,   /**< The same, in JSON its text. */
    NM_KIND_IP_PROTOCOL = 22,        /**< uint16: protocol number of IP. */
    NM_KIND_HEX32 = 23,              /**< uint32 shown in hexadecimal. */
    NM_KIND_EPOCH = 24,              /**< uint32: seconds since 1970-01-01 UTC. */
    NM_KIND_SYMBOL = 25,             /**< uint32 with names, but a number to programs. */
    NM_KIND_ENCODED = 26,            /**< Bytes in the encoding that field "type" tells. */
    NM_KIND_NCAP_PAYLOAD = 27,       /**< Bytes: what the first packet captures held. */
    NM_KIND_COUNT = 28,
} nm_kind;

/** Properties of a field. */
enum {
    NM_FIELD_REPEATED = 0x01, /**< Any number of values. */
    NM_FIELD_REQUIRED = 0x02, /**< A payload without it cannot be decoded; a new message has it. */
    NM_FIELD_HIDDEN = 0x04,   /**< Shown in JSON only. */
    NM_FIELD_NOPRINT = 0x08,  /**< Not shown in presentation text. */
};

enum { NM_NAME_ROOM = 32 /**< Octets that hold a name or symbol in a table, zeros behind it. */ };

/** Members `name_len` and `name` of a row. */
#define NM_NAME(text) sizeof(text) - 1, text

/** One symbol of an enum. */
typedef struct nm_enum_value {
    char name[NM_NAME_ROOM];
    int32_t value;
} nm_enum_value;

/** The symbols of an enum. */
typedef struct nm_enum {
    const nm_enum_value *values;
    size_t count;
} nm_enum;

/** Computes a field's value from what the message stores.
 *  @param scratch  Room for octets that lie nowhere in the message; emptied first if used.
 *  @param out      Written on NM_OK; borrows from the message or `scratch`.
 *  @return NM_OK; NM_END: this message has no such value; NM_E_NOMEM. */
typedef nm_status nm_compute(const nm_fields *fields, nm_buffer *scratch, nm_value *out);

/** One field. */
typedef struct nm_field {
    uint32_t number; /**< Protobuf field number; 0 for fields that are computed and not stored. */
    uint8_t name_len;
    char name[NM_NAME_ROOM];
    nm_pb_type pb_type;
    nm_kind kind;
    unsigned flags;         /**< NM_FIELD_… */
    const nm_enum *symbols; /**< For NM_KIND_ENUM and NM_KIND_SYMBOL, else NULL. */
    /** What programs see instead of the stored value, of which there is one at most; or NULL.
     *  JSON shows the stored value where there is a number. */
    nm_compute *compute;
} nm_field;

enum { NM_SCHEMA_FIELDS_MAX = 64 /**< Fields of one type, at most. */ };

/** One message type. Fields are in the order in which they are shown. */
struct nm_schema {
    uint32_t vendor;
    uint32_t type;
    char name[NM_NAME_ROOM];
    const nm_field *fields;
    size_t field_count;
    uint32_t rrtype;  /**< Numbers of the fields with type and class of NM_KIND_DNS_RDATA. */
    uint32_t rrclass; /**< 0 where there is no such field. */
    /** What else has to hold for a payload to be decodable, or NULL. @return NM_OK, NM_E_PARSE. */
    nm_status (*check)(const nm_fields *fields, nm_error *err);
};

/** Members `.fields` and `.field_count` of a schema from an array of rows. */
#define NM_SCHEMA_FIELDS(rows) .fields = (rows), .field_count = sizeof(rows) / sizeof *(rows)

/** An nm_enum from an array of symbols. */
#define NM_ENUM(symbols) {.values = (symbols), .count = sizeof(symbols) / sizeof *(symbols)}

/** The plain type of a kind: NM_KIND_ENUM to NM_KIND_BOOL. */
nm_kind nm_kind_type(nm_kind kind);

/** Row of the field `name`; NULL if the type has none. Case counts. */
const nm_field *nm_schema_field_by_name(const nm_schema *schema, nm_span name);

/** Row numbers in ascending order of field numbers, the order of encoding.
 *  @param out  Room for NM_SCHEMA_FIELDS_MAX. */
void nm_schema_encoding_order(const nm_schema *schema, uint8_t *out);

/** Put a name of a table at `to`, where NM_NAME_ROOM octets may be written: copying all of them
 *  takes less than looking for the length first. @return the place behind the name. */
static inline uint8_t *
nm_name_put(uint8_t *to, const char *name)
{
    memcpy(to, name, NM_NAME_ROOM);
    for (size_t len = 0; len < NM_NAME_ROOM; len += NM_WORD_LEN) {
        uint64_t end = nm_word_find(nm_word_load(name + len), '\0');
        if (end != 0) {
            return to + len + nm_word_first(end);
        }
    }
    return to + NM_NAME_ROOM;
}

/** True when a name of a table is exactly `wanted`.
 *  @param start  nm_word_load_part() of `wanted`, which most other names already differ from. */
static inline bool
nm_name_is(const char name[NM_NAME_ROOM], nm_span wanted, uint64_t start)
{
    return nm_word_load(name) == start && wanted.len > 0 && wanted.len < NM_NAME_ROOM &&
           name[wanted.len] == '\0' && wanted.data[wanted.len - 1] != '\0' &&
           (wanted.len <= NM_WORD_LEN || memcmp(name, wanted.data, wanted.len) == 0);
}

/** Name of `value`, as nm_name_put() takes it; NULL if it has none. */
const char *nm_enum_name(const nm_enum *symbols, int32_t value);

/** Value of the symbol `name`, exactly as written. @return false when there is none. */
bool nm_enum_value_of(const nm_enum *symbols, nm_span name, int32_t *out);

/** The same, case ignored. */
bool nm_enum_value_of_any_case(const nm_enum *symbols, nm_span name, int32_t *out);

#endif
