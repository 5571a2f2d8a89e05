"""Runs clickhouse-local out of libchdb.so: engine.py LIBRARY ARGUMENT…

libchdb.so is the whole ClickHouse engine; its exported function query_stable_v2(argc, argv) runs clickhouse-local's own
main, whose SYSTEM START LISTEN opens the server's own handlers. It returns when the last query of --query has ended.
"""
import ctypes
import os
import sys


class Result(ctypes.Structure):
    _fields_ = [("buffer", ctypes.c_void_p), ("length", ctypes.c_size_t), ("vector", ctypes.c_void_p),
                ("elapsed", ctypes.c_double), ("rows_read", ctypes.c_uint64), ("bytes_read", ctypes.c_uint64),
                ("error", ctypes.c_char_p)]


def main():
    library = ctypes.CDLL(sys.argv[1])
    library.chdb_set_signal_handlers_enabled(0)
    library.query_stable_v2.restype = ctypes.POINTER(Result)
    library.query_stable_v2.argtypes = [ctypes.c_int, ctypes.POINTER(ctypes.c_char_p)]
    words = [b"clickhouse-local", *map(os.fsencode, sys.argv[2:])]
    array = (ctypes.c_char_p * (len(words) + 1))(*words, None)
    error = library.query_stable_v2(len(words), array).contents.error
    if error:
        print(error.decode(errors="replace"), file=sys.stderr, flush=True)
    os._exit(1 if error else 0)  # the library's threads need no farewell


main()
