/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of the Kafka client library: keys and values, from a file, the environment or the
 * program. What the keys mean is the library's business; those that begin with "nmsg." are ours. */
#ifndef NM_IO_KAFKA_CONFIG_H
#define NM_IO_KAFKA_CONFIG_H

#include "base/span.h"
#include "base/status.h"

/** One setting; both texts end in NUL. */
typedef struct nm_kafka_setting {
    char *key;
    char *value;
} nm_kafka_setting;

enum {
    NM_KAFKA_TEXT_MAX = 65536,   /**< Octets of a key or value; certificates may be values. */
    NM_KAFKA_SETTINGS_MAX = 512, /**< In one nm_kafka_config. */
    NM_KAFKA_CONFIG_FILE_MAX = 1024 * 1024, /**< Octets of a file. */
};

/** Settings in the order in which they are to be made: of two with one key the last counts. */
typedef struct nm_kafka_config {
    nm_kafka_setting *settings;
    size_t count;
} nm_kafka_config;

/** Free what it holds. Accepts a zeroed struct, which is an empty one. */
void nm_kafka_config_clear(nm_kafka_config *c);

/** Add a setting. Copied. @return NM_OK; NM_E_PARSE: an empty key, or a NUL; NM_E_LIMIT,
 *  NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_kafka_config_add(nm_kafka_config *c, nm_span key, nm_span value,
                                            nm_error *err);

/** Value of a key; NULL: there is none. */
const char *nm_kafka_config_get(const nm_kafka_config *c, const char *key);

/** Add what a text in INI form has in section `default` (where what stands in front of any section
 *  belongs as well), then what it has in `section`.
 *
 *  Lines are "[section]" and "key = value"; blank ones and those that begin with "#" count for
 *  nothing.
 *  @param err  Optional; names the line.  @return as nm_kafka_config_add(). */
NM_MUST_CHECK nm_status nm_kafka_config_read_ini(nm_kafka_config *c, nm_span text, nm_span section,
                                                 nm_error *err);

/** Add "key=value:key=value". @return as nm_kafka_config_add(). */
NM_MUST_CHECK nm_status nm_kafka_config_read_list(nm_kafka_config *c, nm_span text, nm_error *err);

/** Add what the environment variable NMSG_KAFKA_CONFIG says: the path of a file, beginning with "/"
 *  or "./", or a list; where it is not set, what the file nmsg.kafkacfg in the build's sysconfdir
 *  says, if there is one.
 *  @param broker  The section that counts beside `default`.
 *  @return NM_OK, NM_E_SYSTEM, NM_E_PARSE, NM_E_LIMIT, NM_E_NOMEM; *err names the source. */
NM_MUST_CHECK nm_status nm_kafka_config_load(nm_kafka_config *c, const char *broker, nm_error *err);

#endif
