-- A rollup passes over the events of a few days. By type and time PostgreSQL overrates the cost of finding them (it knows
-- how the types lie on the disk, not the times), and from some millions of events on it read all of them instead.
CREATE INDEX "tenant_events_occurred_idx" ON "tenant_events"("occurred_at");
