/* SPDX-License-Identifier: Apache-2.0 */
/* What topics of Kafka need on both sides: endpoints, the key, and what the client library logs. */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "tool.h"

enum { LOG_LEVEL_DEFAULT = 3 };

static const char *
key_of(const tool *t)
{
    const char *key =
        t->options.kafka_key != NULL ? t->options.kafka_key : getenv("NMSG_KAFKA_KEY");
    return key != NULL && key[0] != '\0' ? key : NULL;
}

/* Debug level from which on lines of the client library are told. */
static unsigned
log_level(void)
{
    const char *text = getenv("NMSG_KAFKA_LOG_LEVEL");
    char *end = NULL;
    if (text == NULL) {
        return LOG_LEVEL_DEFAULT;
    }
    unsigned long level = strtoul(text, &end, 10);
    bool is_number = nm_ascii_is_digit((uint8_t)text[0]) && *end == '\0';
    return is_number && level >= 1 && level < 1000 ? (unsigned)level : 1;
}

static void
log_line(void *context, const char *line)
{
    (void)context;
    tool_say("%s", line);
}

bool
tool_kafka_options(tool *t, const char *text, nm_kafka_options *out)
{
    nm_error err;
    *out = (nm_kafka_options){.program = "nmsgtool"};
    if (nm_kafka_endpoint_parse(nm_span_of_text(text), &out->endpoint, &err) != NM_OK) {
        tool_say("Error: %s", err.message);
        return false;
    }
    if (out->endpoint.form != NM_KAFKA_CONTAINERS) {
        out->key = key_of(t);
    }
    if (t->options.debug >= log_level()) {
        out->log = log_line;
    }
    return true;
}

const char *
tool_kafka_name(const char *text)
{
    const char *colon = strchr(text, ':');
    return colon != NULL ? colon + 1 : text;
}

bool
tool_kafka_takes_text(const tool *t, const char *text)
{
    return strncmp(text, "json:", strlen("json:")) == 0 && key_of(t) == NULL;
}
