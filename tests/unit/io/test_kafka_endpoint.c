/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints of Kafka as text. */
#include "io/kafka_endpoint.h"

#include "base/ascii.h"
#include "check.h"

static void
endpoints_are_taken_apart(void)
{
    static const struct {
        const char *text;
        const char *topic;
        const char *group;
        const char *broker;
        nm_kafka_form form;
        int32_t partition;
        nm_kafka_start start;
        int64_t offset;
    } rows[] = {
        {"nmsg:t@h", "t", "", "h", NM_KAFKA_CONTAINERS, -1, NM_KAFKA_NEWEST, 0},
        {"json:a.b_c-D9@h:9092", "a.b_c-D9", "", "h:9092", NM_KAFKA_JSON, -1, NM_KAFKA_NEWEST, 0},
        {"nmsgp:t@h,oldest", "t", "", "h", NM_KAFKA_PAYLOADS, -1, NM_KAFKA_OLDEST, 0},
        {"nmsg:t@h,NEWEST", "t", "", "h", NM_KAFKA_CONTAINERS, -1, NM_KAFKA_NEWEST, 0},
        {"nmsg:t#0@h", "t", "", "h", NM_KAFKA_CONTAINERS, 0, NM_KAFKA_NEWEST, 0},
        {"nmsg:t#2147483647@h,17", "t", "", "h", NM_KAFKA_CONTAINERS, INT32_MAX, NM_KAFKA_OFFSET,
         17},
        {"json:t%g@h:1,-5", "t", "g", "h:1", NM_KAFKA_JSON, -1, NM_KAFKA_TAIL, 5},
        {"nmsg:t@[2001:db8::1]:9092,0", "t", "", "[2001:db8::1]:9092", NM_KAFKA_CONTAINERS, -1,
         NM_KAFKA_OFFSET, 0},
        {"nmsg:t%nmsg:x@h", "t", "nmsg:x", "h", NM_KAFKA_CONTAINERS, -1, NM_KAFKA_NEWEST, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        nm_kafka_endpoint e;
        nm_error err;
        CHECK_CASE(rows[i].text);
        CHECK_EQ(nm_kafka_endpoint_parse(nm_span_of_text(rows[i].text), &e, &err), NM_OK);
        CHECK_TEXT(e.topic, strlen(e.topic), rows[i].topic);
        CHECK_TEXT(e.group, strlen(e.group), rows[i].group);
        CHECK_TEXT(e.broker, strlen(e.broker), rows[i].broker);
        CHECK_EQ(e.form, rows[i].form);
        CHECK_EQ(e.partition, rows[i].partition);
        CHECK_EQ(e.start, rows[i].start);
        CHECK_EQ(e.offset, rows[i].offset);
    }
}

static void
what_is_wrong_is_told_with_its_place(void)
{
    static const struct {
        const char *text;
        uint64_t offset;
        const char *message;
    } rows[] = {
        {"", 0, "nmsg or json protocol must be set for Kafka topic"},
        {"topic@host", 0, "nmsg or json protocol must be set for Kafka topic"},
        {"NMSG:topic@host", 0, "nmsg or json protocol must be set for Kafka topic"},
        {"nmsg:topic", 5, "Kafka endpoint: there is no '@' before the broker"},
        {"nmsg:@h", 5, "Kafka endpoint: the topic is empty"},
        {"nmsg:#1@h", 5, "Kafka endpoint: the topic is empty"},
        {"nmsg:t@", 7, "Kafka endpoint: the broker is empty"},
        {"nmsg:t@,oldest", 7, "Kafka endpoint: the broker is empty"},
        {"json:t%@h", 7, "Kafka endpoint: the group is empty"},
        {"json:t#@h", 7, "Kafka endpoint: the partition is a number, 0 to 2147483647"},
        {"json:t#-1@h", 7, "Kafka endpoint: the partition is a number, 0 to 2147483647"},
        {"json:t#2147483648@h", 7, "Kafka endpoint: the partition is a number, 0 to 2147483647"},
        {"json:t#1%g@h", 5, "Kafka endpoint: either #partition or %group, not both"},
        {"json:t@h#1", 7, "Kafka endpoint: #partition and %group stand before the '@'"},
        {"json:t@h%g", 7, "Kafka endpoint: #partition and %group stand before the '@'"},
        {"json:t@h,", 9, "Kafka endpoint: the offset is oldest, newest or a number"},
        {"json:t@h,-", 9, "Kafka endpoint: the offset is oldest, newest or a number"},
        {"json:t@h,1x", 9, "Kafka endpoint: the offset is oldest, newest or a number"},
        {"json:t@h,9223372036854775807", 9,
         "Kafka endpoint: the offset is oldest, newest or a number"},
        {"json:t,1@h", 5, "Kafka endpoint: a topic has letters, digits, '.', '_' and '-' only"},
        {"json:..@h", 5, "Kafka endpoint: a topic has letters, digits, '.', '_' and '-' only"},
        {"json:t%g\n@h", 8, "Kafka endpoint: the group has a blank or control character"},
        {"json:t@h h", 8, "Kafka endpoint: the broker has a blank or control character"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        nm_kafka_endpoint e;
        nm_error err;
        CHECK_CASE(rows[i].text);
        CHECK_EQ(nm_kafka_endpoint_parse(nm_span_of_text(rows[i].text), &e, &err), NM_E_PARSE);
        CHECK_EQ(err.offset, rows[i].offset);
        CHECK_TEXT(err.message, strlen(err.message), rows[i].message);
    }
}

static void
names_have_limits(void)
{
    char text[1024];
    nm_kafka_endpoint e;
    static const struct {
        const char *format;
        int max;
    } rows[] = {
        {"nmsg:%.*s@h", NM_KAFKA_TOPIC_MAX},
        {"nmsg:t%%%.*s@h", NM_KAFKA_GROUP_MAX},
        {"nmsg:t@%.*s", NM_KAFKA_BROKER_MAX},
    };
    char letters[NM_KAFKA_BROKER_MAX + 2];
    memset(letters, 'x', sizeof letters);
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].format);
        for (int more = 0; more < 2; more++) {
            int len = snprintf(text, sizeof text, rows[i].format, rows[i].max + more, letters);
            CHECK_EQ(nm_kafka_endpoint_parse(nm_span_of(text, (size_t)len), &e, NULL),
                     more == 0 ? NM_OK : NM_E_PARSE);
        }
    }
}

CHECK_MAIN(CHECK_TEST(endpoints_are_taken_apart), CHECK_TEST(what_is_wrong_is_told_with_its_place),
           CHECK_TEST(names_have_limits))
