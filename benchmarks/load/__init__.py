"""The load benchmarks' parts: a stage of their own servers, raters over HTTP, the SQL alone, kill -9, the promises."""
