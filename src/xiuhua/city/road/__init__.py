"""Where rooms meet the road: outbox, change feed, progress, snapshots, the manifest."""
