/* Threads that answer requests, each with its own connection to the store. */
#include "services/server/server_int.h"

static void *work(void *argument)
{
    struct pool *pool = argument;
    struct db *db = NULL;
    for (;;) {
        pthread_mutex_lock(&pool->lock);
        while (!pool->count && !pool->is_stopping)
            pthread_cond_wait(&pool->work, &pool->lock);
        struct http_exchange *x = NULL;
        if (pool->count) {
            x = pool->queue[pool->first];
            pool->first = (pool->first + 1) % ARRAY_COUNT(pool->queue);
            pool->count--;
        }
        pthread_mutex_unlock(&pool->lock);
        if (!x)
            break;
        if (!db && db_open(&db, pool->server->db_path))
            log_error("server", "a thread cannot open the store: %s", err_detail());
        if (db)
            call_run(pool->server, db, x);
        else {
            x->response.status = 503;
            http_answer(x);
        }
    }
    db_close(db);
    return NULL;
}

void pool_open(struct pool *pool, struct server *server, int threads, size_t max)
{
    MUST(threads <= (int)ARRAY_COUNT(pool->threads));
    MUST(max <= ARRAY_COUNT(pool->queue));
    pool->server = server;
    pool->max = max;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    for (int i = 0; i < threads; i++)
        if (pthread_create(&pool->threads[pool->thread_count], NULL, work, pool) == 0)
            pool->thread_count++;
    MUST(pool->thread_count > 0);
}

bool pool_push(struct pool *pool, struct http_exchange *exchange)
{
    pthread_mutex_lock(&pool->lock);
    bool fits = pool->count < pool->max;
    if (fits) {
        pool->queue[(pool->first + pool->count++) % ARRAY_COUNT(pool->queue)] = exchange;
        pthread_cond_signal(&pool->work);
    }
    pthread_mutex_unlock(&pool->lock);
    return fits;
}

size_t pool_waiting(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    size_t count = pool->count;
    pthread_mutex_unlock(&pool->lock);
    return count;
}

void pool_close(struct pool *pool)
{
    if (!pool->thread_count)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->is_stopping = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    pool->thread_count = 0;
}
