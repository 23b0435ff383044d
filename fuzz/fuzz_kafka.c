/* SPDX-License-Identifier: Apache-2.0 */
/* The input is taken for an endpoint of Kafka, for a file of settings and for a list of them. An
 * endpoint that is understood is put together again and must be the same. */
#include "io/kafka_config.h"
#include "io/kafka_endpoint.h"

#include "base/ascii.h"
#include "fuzz.h"

static void
put_together(const nm_kafka_endpoint *e, const char *start, char *out, size_t room)
{
    static const char *const forms[] = {"nmsg", "json", "nmsgp"};
    char middle[16] = "";
    if (e->partition >= 0) {
        (void)snprintf(middle, sizeof middle, "#%d", e->partition);
    }
    int len = snprintf(out, room, "%s:%s%s%s%s@%s%s", forms[e->form], e->topic, middle,
                       e->group[0] != '\0' ? "%" : "", e->group, e->broker, start);
    FUZZ_REQUIRE(len > 0 && (size_t)len < room);
}

static void
try_endpoint(nm_span text)
{
    nm_kafka_endpoint e;
    nm_kafka_endpoint again;
    nm_error err = {.offset = 0};
    char start[32] = "";
    char whole[1200];
    if (nm_kafka_endpoint_parse(text, &e, &err) != NM_OK) {
        FUZZ_REQUIRE(err.code == NM_E_PARSE && err.offset <= text.len);
        return;
    }
    FUZZ_REQUIRE(nm_kafka_is_topic(nm_span_of_text(e.topic)) && e.broker[0] != '\0');
    FUZZ_REQUIRE(e.partition == NM_KAFKA_PARTITION_ANY || e.group[0] == '\0');
    FUZZ_REQUIRE(e.offset >= 0);
    if (e.start == NM_KAFKA_OLDEST) {
        (void)snprintf(start, sizeof start, ",oldest");
    } else if (e.start != NM_KAFKA_NEWEST) {
        (void)snprintf(start, sizeof start, ",%s%lld", e.start == NM_KAFKA_TAIL ? "-" : "",
                       (long long)e.offset);
    }
    put_together(&e, start, whole, sizeof whole);
    FUZZ_REQUIRE(nm_kafka_endpoint_parse(nm_span_of_text(whole), &again, NULL) == NM_OK);
    FUZZ_REQUIRE(strcmp(e.topic, again.topic) == 0 && strcmp(e.group, again.group) == 0);
    FUZZ_REQUIRE(strcmp(e.broker, again.broker) == 0 && e.form == again.form);
    FUZZ_REQUIRE(e.partition == again.partition && e.start == again.start);
    FUZZ_REQUIRE(e.offset == again.offset);
}

static void
check_settings(nm_kafka_config *c)
{
    for (size_t i = 0; i < c->count; i++) {
        FUZZ_REQUIRE(c->settings[i].key[0] != '\0');
        FUZZ_REQUIRE(nm_kafka_config_get(c, c->settings[i].key) != NULL);
    }
    nm_kafka_config_clear(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nm_span text = nm_span_of(data, size);
    nm_kafka_config c = {.count = 0};
    nm_status status;
    try_endpoint(text);
    status = nm_kafka_config_read_ini(&c, text, nm_span_of_text("broker:9092"), NULL);
    FUZZ_REQUIRE(status == NM_OK || status == NM_E_PARSE || status == NM_E_LIMIT);
    check_settings(&c);
    status = nm_kafka_config_read_list(&c, text, NULL);
    FUZZ_REQUIRE(status == NM_OK || status == NM_E_PARSE || status == NM_E_LIMIT);
    check_settings(&c);
    return 0;
}
