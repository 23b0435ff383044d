/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to records with and without keys. */
#include "io/record_encoder.h"

#include "check.h"

/* base:ipconn from 192.0.2.1, port 53. */
static const uint8_t CONNECTION[] = {0x12, 4, 192, 0, 2, 1, 0x18, 53};
static const char CONNECTION_JSON[] =
    "{\"time\":\"1970-01-01 00:00:01.000000000\",\"vname\":\"base\",\"mname\":\"ipconn\","
    "\"message\":{\"srcip\":\"192.0.2.1\",\"srcport\":53}}";

static nm_payload
connection(void)
{
    return (nm_payload){.time_sec = 1,
                        .vendor = 1,
                        .type = 5,
                        .has = NM_HAS_DATA,
                        .data = nm_span_of(CONNECTION, sizeof CONNECTION)};
}

/* Close the encoder and take the one frame that it has. */
static nm_span
take_frame(nm_encoder *encoder)
{
    nm_span frame = nm_span_of(NULL, 0);
    CHECK_EQ(encoder->ops->close(encoder), NM_OK);
    CHECK_EQ(encoder->ops->pending(encoder), 1);
    CHECK_EQ(encoder->ops->next_frame(encoder, /* may_wait= */ true, &frame), NM_OK);
    return frame;
}

static void
finish_frame(nm_encoder *encoder)
{
    nm_span frame;
    CHECK_EQ(encoder->ops->next_frame(encoder, /* may_wait= */ true, &frame), NM_END);
    CHECK_EQ(encoder->ops->pending(encoder), 0);
}

static void
records_have_keys_and_values(void)
{
    static const struct {
        const char *name;
        const char *key_field;
        const char *key;
        bool is_json;
    } rows[] = {
        {"JSON", NULL, "", true},
        {"JSON with a key", "srcip", "192.0.2.1", true},
        {"JSON whose key is absent", "dstip", "", true},
        {"payload", NULL, "", false},
        {"payload with a key", "srcport", "53", false},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        bool is_full = true;
        nm_payload payload = connection();
        nm_record record;
        nm_buffer encoded;
        CHECK_CASE(rows[i].name);
        nm_buffer_init(&encoded, 1000, &nm_allocator_heap);
        CHECK_EQ(nm_payload_encode(&payload, &encoded), NM_OK);
        nm_encoder *encoder = nm_record_encoder_new(
            &(nm_record_options){.is_json = rows[i].is_json, .key = rows[i].key_field});
        for (int n = 0; n < 3; n++) {
            CHECK_EQ(encoder->ops->add(encoder, &payload, &is_full, NULL), NM_OK);
            CHECK(!is_full);
        }
        CHECK_EQ(encoder->ops->count(encoder), 3);
        nm_span frame = take_frame(encoder);
        size_t offset = 0;
        for (int n = 0; n < 3; n++) {
            offset = nm_record_at(frame, offset, &record);
            CHECK_TEXT(record.key.data, record.key.len, rows[i].key);
            CHECK_SPAN(record.value, rows[i].is_json
                                         ? nm_span_of(CONNECTION_JSON, sizeof CONNECTION_JSON - 1)
                                         : nm_buffer_span(&encoded));
        }
        CHECK_EQ(offset, frame.len);
        finish_frame(encoder);
        nm_buffer_clear(&encoded);
        encoder->ops->free(encoder);
    }
}

static void
what_cannot_be_a_record_leaves_the_others(void)
{
    static const struct {
        const char *name;
        const char *key;
        uint32_t type;
        bool is_json;
        nm_status status;
        const char *message;
    } rows[] = {
        {"no such field", "qname", 5, false, NM_E_TYPE,
         "messages of type ipconn have no field qname"},
        {"unknown type, key", "qname", 99, false, NM_E_TYPE,
         "vendor 1, type 99: unknown message type"},
        {"unknown type, JSON", NULL, 99, true, NM_E_TYPE, NULL},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        bool is_full = false;
        nm_error err;
        nm_payload bad = connection();
        nm_record record;
        CHECK_CASE(rows[i].name);
        bad.type = rows[i].type;
        nm_encoder *encoder = nm_record_encoder_new(
            &(nm_record_options){.is_json = rows[i].is_json, .key = rows[i].key});
        CHECK_EQ(encoder->ops->add(encoder, &bad, &is_full, &err), rows[i].status);
        if (rows[i].message != NULL) {
            CHECK_TEXT(err.message, strlen(err.message), rows[i].message);
        }
        CHECK_EQ(encoder->ops->count(encoder), 0);
        if (rows[i].is_json) {
            nm_payload good = connection();
            CHECK_EQ(encoder->ops->add(encoder, &good, &is_full, &err), NM_OK);
            nm_span frame = take_frame(encoder);
            CHECK_EQ(nm_record_at(frame, 0, &record), frame.len);
            CHECK_TEXT(record.value.data, record.value.len, CONNECTION_JSON);
            finish_frame(encoder);
        }
        encoder->ops->free(encoder);
    }
}

static void
a_frame_is_full_some_time(void)
{
    bool is_full = false;
    size_t added = 0;
    size_t found = 0;
    nm_payload payload = connection();
    nm_encoder *encoder = nm_record_encoder_new(&(nm_record_options){.is_json = true});
    while (!is_full && added < 100000) {
        CHECK_EQ(encoder->ops->add(encoder, &payload, &is_full, NULL), NM_OK);
        added++;
    }
    nm_span frame = take_frame(encoder);
    CHECK(frame.len > 60000 && frame.len < 70000);
    CHECK_EQ(encoder->ops->add(encoder, &payload, &is_full, NULL), NM_OK); /* Moves nothing. */
    for (size_t offset = 0; offset < frame.len; found++) {
        nm_record record;
        offset = nm_record_at(frame, offset, &record);
    }
    CHECK_EQ(found, added);
    finish_frame(encoder);
    encoder->ops->free(encoder);
}

CHECK_MAIN(CHECK_TEST(records_have_keys_and_values),
           CHECK_TEST(what_cannot_be_a_record_leaves_the_others),
           CHECK_TEST(a_frame_is_full_some_time))
