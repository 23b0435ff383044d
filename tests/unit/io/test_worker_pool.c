/* SPDX-License-Identifier: Apache-2.0 */
#include "io/worker_pool.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "io/os.h"

enum { JOBS = 500, ROUNDS = 20 };

/* Adds up to its number, so that it takes a while. */
typedef struct sum_job {
    nm_job job;
    uint64_t up_to;
    uint64_t sum;
    unsigned runs;
} sum_job;

static void
add_up(nm_job *job)
{
    sum_job *s = (sum_job *)job;
    s->sum = 0;
    for (uint64_t i = 1; i <= s->up_to; i++) {
        s->sum += i;
    }
    s->runs++;
}

static void
set_up(sum_job *jobs)
{
    for (uint64_t i = 0; i < JOBS; i++) {
        jobs[i] = (sum_job){.job = {.run = add_up}, .up_to = i};
    }
}

/* Submit all, wait in their order, several times over. */
static void
run_jobs(nm_worker_pool *pool, sum_job *jobs)
{
    for (unsigned round = 1; round <= ROUNDS; round++) {
        for (size_t i = 0; i < JOBS; i++) {
            nm_worker_pool_submit(pool, &jobs[i].job);
        }
        for (size_t i = 0; i < JOBS; i++) {
            nm_worker_pool_wait(pool, &jobs[i].job);
            CHECK_EQ(jobs[i].sum, jobs[i].up_to * (jobs[i].up_to + 1) / 2);
            CHECK_EQ(jobs[i].runs, round);
            CHECK(nm_worker_pool_is_done(pool, &jobs[i].job));
        }
    }
}

static void
every_job_is_run_once(void)
{
    static const unsigned sizes[] = {0, 1, 2, 7};
    static sum_job jobs[JOBS];
    for (size_t i = 0; i < CHECK_COUNT(sizes); i++) {
        nm_worker_pool *pool = NULL;
        CHECK_CASE(sizes[i] == 0 ? "no workers" : sizes[i] == 1 ? "one worker" : "some workers");
        CHECK_EQ(nm_worker_pool_new(sizes[i], &pool, NULL), NM_OK);
        CHECK_EQ(nm_worker_pool_size(pool), sizes[i]);
        set_up(jobs);
        run_jobs(pool, jobs);
        nm_worker_pool_free(pool);
    }
}

static void
without_a_pool_jobs_are_run_at_once(void)
{
    sum_job job = {.job = {.run = add_up}, .up_to = 10};
    CHECK(nm_worker_pool_is_done(NULL, &job.job));
    nm_worker_pool_submit(NULL, &job.job);
    CHECK_EQ(job.sum, 55);
    nm_worker_pool_wait(NULL, &job.job);
    CHECK_EQ(nm_worker_pool_size(NULL), 0);
    nm_worker_pool_free(NULL);
}

static void
what_was_never_submitted_is_not_waited_for(void)
{
    nm_worker_pool *pool = NULL;
    sum_job job = {.job = {.run = add_up}};
    CHECK_EQ(nm_worker_pool_new(1, &pool, NULL), NM_OK);
    nm_worker_pool_wait(pool, &job.job);
    CHECK(nm_worker_pool_is_done(pool, &job.job));
    CHECK_EQ(job.runs, 0);
    nm_worker_pool_free(pool);
}

typedef struct customer {
    nm_worker_pool *pool;
    sum_job jobs[JOBS];
    bool is_served;
} customer;

static void *
be_a_customer(void *context)
{
    customer *c = context;
    set_up(c->jobs);
    c->is_served = true;
    for (size_t i = 0; i < JOBS; i++) {
        nm_worker_pool_submit(c->pool, &c->jobs[i].job);
    }
    for (size_t i = JOBS; i-- > 0;) {
        nm_worker_pool_wait(c->pool, &c->jobs[i].job);
        c->is_served = c->is_served && c->jobs[i].sum == i * (i + 1) / 2;
    }
    return NULL;
}

static void
several_threads_share_a_pool(void)
{
    enum { CUSTOMERS = 4 };
    static customer customers[CUSTOMERS];
    pthread_t threads[CUSTOMERS];
    nm_worker_pool *pool = NULL;
    CHECK_EQ(nm_worker_pool_new(3, &pool, NULL), NM_OK);
    for (size_t i = 0; i < CUSTOMERS; i++) {
        customers[i].pool = pool;
        CHECK_EQ(pthread_create(&threads[i], NULL, be_a_customer, &customers[i]), 0);
    }
    for (size_t i = 0; i < CUSTOMERS; i++) {
        pthread_join(threads[i], NULL);
        CHECK(customers[i].is_served);
    }
    nm_worker_pool_free(pool);
}

static bool
are_sums_right(nm_worker_pool *pool, sum_job *jobs)
{
    bool are_right = true;
    for (size_t i = 0; i < JOBS; i++) {
        nm_worker_pool_wait(pool, &jobs[i].job);
        are_right = are_right && jobs[i].sum == i * (i + 1) / 2;
    }
    return are_right;
}

static void
a_child_has_what_was_done_and_works_alone(void)
{
    static sum_job jobs[JOBS];
    nm_worker_pool *pool = NULL;
    CHECK_EQ(nm_worker_pool_new(3, &pool, NULL), NM_OK);
    set_up(jobs);
    for (size_t i = 0; i < JOBS; i++) {
        jobs[i].up_to = i;
        nm_worker_pool_submit(pool, &jobs[i].job);
    }
    pid_t child = fork();
    if (child == 0) {
        bool is_fine = nm_worker_pool_size(pool) == 0 && are_sums_right(pool, jobs);
        jobs[7].sum = 0;
        nm_worker_pool_submit(pool, &jobs[7].job);
        is_fine = is_fine && jobs[7].sum == 28;
        nm_worker_pool_free(pool);
        _exit(is_fine ? 0 : 1);
    }
    CHECK(are_sums_right(pool, jobs));
    CHECK_EQ(nm_worker_pool_size(pool), 3);
    int status = -1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    nm_worker_pool_free(pool);
}

static void
there_is_a_processor(void)
{
    CHECK(nm_processor_count() >= 1);
}

CHECK_MAIN(CHECK_TEST(every_job_is_run_once), CHECK_TEST(without_a_pool_jobs_are_run_at_once),
           CHECK_TEST(what_was_never_submitted_is_not_waited_for),
           CHECK_TEST(several_threads_share_a_pool),
           CHECK_TEST(a_child_has_what_was_done_and_works_alone), CHECK_TEST(there_is_a_processor))
