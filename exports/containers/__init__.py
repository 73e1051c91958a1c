"""What a dataset lies in: lines (plain, gzip, zstd), or Parquet shards in a folder. Plain: bytes and rows in."""
