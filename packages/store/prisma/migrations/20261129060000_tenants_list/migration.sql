-- CreateIndex
-- The list of tenants adds up a window of every tenant: one pass over this index, in the tenants' order.
CREATE INDEX "service_usage_rollups_sums_idx" ON "service_usage_rollups"("tenant_id", "day", "owner_id", "scans_completed", "scans_failed", "media_processed", "identities_detected", "clusters_created", "suggestions_generated", "suggestions_resolved", "scan_duration_sum_ms", "scan_duration_count");

-- Every tenant with a rollup has a row among the milestones, though it may have reached none: the list reads no other table to
-- know its tenants.
INSERT INTO "tenant_milestones" ("owner_id", "tenant_id", "updated_at")
SELECT DISTINCT "owner_id", "tenant_id", now() AT TIME ZONE 'UTC' FROM "service_usage_rollups"
ON CONFLICT ("tenant_id", "owner_id") DO NOTHING;
