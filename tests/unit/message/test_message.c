/* SPDX-License-Identifier: Apache-2.0 */
#include "message/message.h"

#include "check.h"
#include "message/registry.h"

static nm_payload
payload_of(uint32_t vendor, uint32_t type, const char *data, size_t len)
{
    return (nm_payload){
        .vendor = vendor, .type = type, .has = NM_HAS_DATA, .data = nm_span_of(data, len)};
}

static void
a_known_type_is_indexed(void)
{
    nm_message m = {.schema = NULL};
    nm_payload p = payload_of(1, 5, "\x08\x06\x18\x50", 4);
    CHECK_EQ(nm_message_decode(&m, &p, NULL), NM_OK);
    CHECK(m.schema == nm_registry_find(1, 5));
    CHECK_EQ(m.slots[0], 1);
    CHECK_EQ(m.slots[1], 0);
    CHECK_EQ(m.slots[2], 3);
    CHECK(m.payload.data.data == p.data.data);
}

static void
an_unknown_type_is_not_looked_into(void)
{
    nm_message m = {.schema = NULL};
    nm_payload p = payload_of(1, 99, "\x80", 1);
    CHECK_EQ(nm_message_decode(&m, &p, NULL), NM_OK);
    CHECK(m.schema == NULL);
    CHECK_EQ(m.payload.data.len, 1);
}

static void
absent_data_counts_as_no_octets(void)
{
    nm_message m = {.schema = NULL};
    nm_payload ipconn = {.vendor = 1, .type = 5};
    nm_payload encode = {.vendor = 1, .type = 11};
    CHECK_EQ(nm_message_decode(&m, &ipconn, NULL), NM_OK);
    CHECK_EQ(m.slots[0], 0);
    CHECK_EQ(nm_message_decode(&m, &encode, NULL), NM_E_PARSE); /* Lacks its required fields. */
}

static void
malformed_data_is_reported_with_its_offset(void)
{
    nm_message m = {.schema = NULL};
    nm_error err = {.code = NM_OK};
    nm_payload p = payload_of(1, 5, "\x08\x06\x18", 3);
    CHECK_EQ(nm_message_decode(&m, &p, &err), NM_E_PARSE);
    CHECK_EQ(err.code, NM_E_PARSE);
    CHECK_EQ(err.offset, 2);
}

static void
one_struct_takes_messages_of_all_types_in_turn(void)
{
    static const struct {
        const char *name;
        uint32_t vendor;
        uint32_t type;
    } rows[] = {
        {"ipconn", 1, 5},          {"ipconn again", 1, 5}, {"logline", 1, 6},
        {"an unknown one", 1, 99}, {"pkt", 1, 8},          {"the same number of another", 2, 8},
        {"pkt again", 1, 8},
    };
    nm_message m = {.schema = NULL};
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_payload p = payload_of(rows[i].vendor, rows[i].type, "\x0a\x00", 2);
        nm_status status = nm_message_decode(&m, &p, NULL);
        CHECK(m.schema == nm_registry_find(rows[i].vendor, rows[i].type));
        CHECK_EQ(status, rows[i].type == 5 ? NM_E_PARSE : NM_OK); /* There a number is field 1. */
        if (status == NM_OK && m.schema != NULL) {
            size_t row = rows[i].type == 8 ? 1 : 0;
            CHECK_EQ(m.slots[row], 1);
        }
    }
}

/* As whoever copies an index from elsewhere does. */
static void
a_map_of_another_type_is_not_used(void)
{
    nm_message m = {.schema = NULL};
    nm_payload p = payload_of(1, 6, "\x0a\x01z", 3); /* base:logline, field 1 */
    nm_value value;
    CHECK_EQ(nm_message_decode(&m, &p, NULL), NM_OK);
    nm_fields fields = nm_message_fields(&m);
    CHECK(fields.map == &m.map);
    CHECK(nm_fields_stored(&fields, 1, &value));
    CHECK_TEXT(value.bytes.data, value.bytes.len, "z");

    m.payload = payload_of(1, 7, "\x10\x01\x3a\x01z", 5); /* base:dns, fields 2 and 7 */
    m.schema = nm_registry_find(1, 7);
    CHECK_EQ(nm_index_build(m.schema, m.payload.data, m.slots, NULL), NM_OK);
    fields = nm_message_fields(&m);
    CHECK(nm_fields_stored(&fields, 7, &value));
    CHECK_TEXT(value.bytes.data, value.bytes.len, "z");
    CHECK(nm_fields_stored(&fields, 2, &value));
    CHECK_EQ(value.u64, 1);
    CHECK(!nm_fields_stored(&fields, 1, &value));
}

CHECK_MAIN(CHECK_TEST(a_known_type_is_indexed), CHECK_TEST(an_unknown_type_is_not_looked_into),
           CHECK_TEST(absent_data_counts_as_no_octets),
           CHECK_TEST(malformed_data_is_reported_with_its_offset),
           CHECK_TEST(one_struct_takes_messages_of_all_types_in_turn),
           CHECK_TEST(a_map_of_another_type_is_not_used))
