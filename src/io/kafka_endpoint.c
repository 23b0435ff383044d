/* SPDX-License-Identifier: Apache-2.0 */
/* Taking endpoints of Kafka apart. */
#include "io/kafka_endpoint.h"

#include "base/ascii.h"
#include "base/number.h"

static const struct {
    const char *prefix;
    nm_kafka_form form;
} forms[] = {
    {"nmsg:", NM_KAFKA_CONTAINERS},
    {"json:", NM_KAFKA_JSON},
    {"nmsgp:", NM_KAFKA_PAYLOADS},
};

/* A text, and where in the endpoint it stands. */
typedef struct part {
    nm_span text;
    uint64_t offset;
} part;

static const uint8_t *
find(nm_span text, char octet)
{
    return text.len > 0 ? memchr(text.data, octet, text.len) : NULL;
}

/* Divide at `at`, an octet of the text, which belongs to neither side. */
static void
divide(part whole, const uint8_t *at, part *out_before, part *out_behind)
{
    size_t len = (size_t)(at - whole.text.data);
    *out_before = (part){nm_span_of(whole.text.data, len), whole.offset};
    *out_behind = (part){nm_span_of(at + 1, whole.text.len - len - 1), whole.offset + len + 1};
}

bool
nm_kafka_is_topic(nm_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t octet = name.data[i];
        uint8_t small = nm_ascii_lower(octet);
        if (!nm_ascii_is_digit(octet) && !(small >= 'a' && small <= 'z') && octet != '.' &&
            octet != '_' && octet != '-') {
            return false;
        }
    }
    bool is_dots =
        nm_span_equal(name, nm_span_of_text(".")) || nm_span_equal(name, nm_span_of_text(".."));
    return name.len > 0 && name.len <= NM_KAFKA_TOPIC_MAX && !is_dots;
}

bool
nm_kafka_start_parse(nm_span text, nm_kafka_start *out_start, int64_t *out_offset)
{
    uint64_t number = 0;
    if (nm_ascii_equal_any_case(text, nm_span_of_text("oldest"))) {
        *out_start = NM_KAFKA_OLDEST;
    } else if (nm_ascii_equal_any_case(text, nm_span_of_text("newest"))) {
        *out_start = NM_KAFKA_NEWEST;
    } else {
        bool is_tail = text.len > 0 && text.data[0] == '-';
        nm_span digits = nm_span_of(text.data + is_tail, text.len - is_tail);
        if (!nm_number_parse_u64(digits, &number) || number > INT64_MAX / 2) {
            return false;
        }
        *out_start = is_tail ? NM_KAFKA_TAIL : NM_KAFKA_OFFSET;
    }
    *out_offset = (int64_t)number;
    return true;
}

/* Copy a part that is text of 1 to `max` octets. */
static nm_status
copy(part from, size_t max, const char *what, char *out, nm_error *err)
{
    if (from.text.len == 0) {
        return nm_error_set(err, NM_E_PARSE, from.offset, "Kafka endpoint: the %s is empty", what);
    }
    if (from.text.len > max) {
        return nm_error_set(err, NM_E_PARSE, from.offset,
                            "Kafka endpoint: the %s is longer than %zu octets", what, max);
    }
    for (size_t i = 0; i < from.text.len; i++) {
        if (from.text.data[i] <= ' ' || from.text.data[i] == 0x7f) {
            return nm_error_set(err, NM_E_PARSE, from.offset + i,
                                "Kafka endpoint: the %s has a blank or control character", what);
        }
    }
    memcpy(out, from.text.data, from.text.len);
    out[from.text.len] = '\0';
    return NM_OK;
}

static nm_status
read_partition(part text, nm_kafka_endpoint *e, nm_error *err)
{
    uint64_t number;
    if (!nm_number_parse_u64(text.text, &number) || number > INT32_MAX) {
        return nm_error_set(err, NM_E_PARSE, text.offset,
                            "Kafka endpoint: the partition is a number, 0 to %d", INT32_MAX);
    }
    e->partition = (int32_t)number;
    return NM_OK;
}

/* topic[#partition|%group] */
static nm_status
read_topic(part text, nm_kafka_endpoint *e, nm_error *err)
{
    part topic = text;
    part behind;
    const uint8_t *hash = find(text.text, '#');
    const uint8_t *percent = find(text.text, '%');
    if (hash != NULL && percent != NULL) {
        return nm_error_set(err, NM_E_PARSE, text.offset,
                            "Kafka endpoint: either #partition or %%group, not both");
    }
    nm_status status = NM_OK;
    if (hash != NULL) {
        divide(text, hash, &topic, &behind);
        status = read_partition(behind, e, err);
    } else if (percent != NULL) {
        divide(text, percent, &topic, &behind);
        status = copy(behind, NM_KAFKA_GROUP_MAX, "group", e->group, err);
    }
    if (status == NM_OK) {
        status = copy(topic, NM_KAFKA_TOPIC_MAX, "topic", e->topic, err);
    }
    if (status == NM_OK && !nm_kafka_is_topic(topic.text)) {
        status = nm_error_set(err, NM_E_PARSE, topic.offset,
                              "Kafka endpoint: a topic has letters, digits, '.', '_' and '-' only");
    }
    return status;
}

/* broker[:port][,offset] */
static nm_status
read_broker(part text, nm_kafka_endpoint *e, nm_error *err)
{
    part broker = text;
    part start;
    const uint8_t *comma = find(text.text, ',');
    if (comma != NULL) {
        divide(text, comma, &broker, &start);
        if (!nm_kafka_start_parse(start.text, &e->start, &e->offset)) {
            return nm_error_set(err, NM_E_PARSE, start.offset,
                                "Kafka endpoint: the offset is oldest, newest or a number");
        }
    }
    if (find(broker.text, '#') != NULL || find(broker.text, '%') != NULL) {
        return nm_error_set(err, NM_E_PARSE, broker.offset,
                            "Kafka endpoint: #partition and %%group stand before the '@'");
    }
    return copy(broker, NM_KAFKA_BROKER_MAX, "broker", e->broker, err);
}

nm_status
nm_kafka_endpoint_parse(nm_span text, nm_kafka_endpoint *out, nm_error *err)
{
    nm_kafka_endpoint e = {.partition = NM_KAFKA_PARTITION_ANY, .start = NM_KAFKA_NEWEST};
    part rest = {.offset = 0};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        nm_span prefix = nm_span_of_text(forms[i].prefix);
        if (text.len >= prefix.len && memcmp(text.data, prefix.data, prefix.len) == 0) {
            e.form = forms[i].form;
            rest = (part){nm_span_of(text.data + prefix.len, text.len - prefix.len), prefix.len};
        }
    }
    if (rest.offset == 0) {
        return nm_error_set(err, NM_E_PARSE, 0,
                            "nmsg or json protocol must be set for Kafka topic");
    }
    part topic;
    part broker;
    const uint8_t *at = find(rest.text, '@');
    if (at == NULL) {
        return nm_error_set(err, NM_E_PARSE, rest.offset,
                            "Kafka endpoint: there is no '@' before the broker");
    }
    divide(rest, at, &topic, &broker);
    nm_status status = read_topic(topic, &e, err);
    if (status == NM_OK) {
        status = read_broker(broker, &e, err);
    }
    if (status == NM_OK) {
        *out = e;
    }
    return status;
}
