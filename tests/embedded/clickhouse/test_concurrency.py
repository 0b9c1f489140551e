import threading
import time
from concurrent.futures import ThreadPoolExecutor

import clickhouse_connect


def test_sixteen_clients_work_at_once(server, table):
    def work(worker):
        with clickhouse_connect.get_client(
            dsn=server.clickhouse_url, autogenerate_session_id=False
        ) as client:
            for turn in range(5):
                client.insert(
                    table, [[worker * 5 + turn, f"worker {worker}"]], column_names=["id", "name"]
                )
                found = client.query(
                    "SELECT {n:Int32}, getSetting('max_block_size')",
                    parameters={"n": worker},
                    settings={"max_block_size": 1000 + worker},
                )
                assert found.result_rows == [(worker, 1000 + worker)]
            return client.query(
                f"SELECT count() FROM {table} WHERE name = 'worker {worker}'"
            ).result_rows[0][0]

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(work, range(16))) == [5] * 16


def test_a_long_query_delays_no_other(ask):
    slow = threading.Thread(target=ask, args=("SELECT sleep(1)",))
    slow.start()
    time.sleep(0.2)

    started = time.monotonic()
    ask(path="/ping")
    ask("SELECT 1")
    took = time.monotonic() - started

    assert slow.is_alive()
    assert took < 0.5
    slow.join()
