-- CreateTable
CREATE TABLE "tenant_events" (
    "id" TEXT NOT NULL,
    "tenant_id" VARCHAR(128) NOT NULL,
    "event_type" VARCHAR(64) NOT NULL,
    "payload" JSONB,
    "lead_id" TEXT,
    "occurred_at" TIMESTAMP(3) NOT NULL,
    "received_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenant_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "service_usage_rollups" (
    "id" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "tenant_id" VARCHAR(128) NOT NULL,
    "scans_completed" INTEGER NOT NULL DEFAULT 0,
    "scans_failed" INTEGER NOT NULL DEFAULT 0,
    "media_processed" INTEGER NOT NULL DEFAULT 0,
    "identities_detected" INTEGER NOT NULL DEFAULT 0,
    "clusters_created" INTEGER NOT NULL DEFAULT 0,
    "suggestions_generated" INTEGER NOT NULL DEFAULT 0,
    "suggestions_resolved" INTEGER NOT NULL DEFAULT 0,
    "avg_scan_duration_ms" INTEGER,
    "scan_duration_sum_ms" BIGINT NOT NULL DEFAULT 0,
    "scan_duration_count" INTEGER NOT NULL DEFAULT 0,
    "generated_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "service_usage_rollups_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "service_usage_archives" (
    "tenant_id" VARCHAR(128) NOT NULL,
    "day" DATE NOT NULL,
    "events" BIGINT NOT NULL DEFAULT 0,
    "scans_completed" BIGINT NOT NULL DEFAULT 0,
    "scans_failed" BIGINT NOT NULL DEFAULT 0,
    "media_processed" BIGINT NOT NULL DEFAULT 0,
    "identities_detected" BIGINT NOT NULL DEFAULT 0,
    "clusters_created" BIGINT NOT NULL DEFAULT 0,
    "suggestions_generated" BIGINT NOT NULL DEFAULT 0,
    "suggestions_resolved" BIGINT NOT NULL DEFAULT 0,
    "scan_duration_sum_ms" BIGINT NOT NULL DEFAULT 0,
    "scan_duration_count" BIGINT NOT NULL DEFAULT 0,
    "archived_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "service_usage_archives_pkey" PRIMARY KEY ("tenant_id","day")
);

-- CreateTable
CREATE TABLE "service_usage_dirty" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" VARCHAR(128) NOT NULL,
    "day" DATE NOT NULL,
    "appended_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "service_usage_dirty_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tenant_milestones" (
    "tenant_id" VARCHAR(128) NOT NULL,
    "tenant_created_at" TIMESTAMP(3),
    "lead_id" TEXT,
    "channel" VARCHAR(255),
    "attributed_at" TIMESTAMP(3),
    "attributed_event_id" TEXT,
    "first_api_key_at" TIMESTAMP(3),
    "first_scan_at" TIMESTAMP(3),
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "tenant_milestones_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "tenant_event_duplicates" (
    "id" BIGSERIAL NOT NULL,
    "event_type" VARCHAR(64) NOT NULL,
    "duplicates" INTEGER NOT NULL,
    "received_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "tenant_event_duplicates_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "service_usage_runs" (
    "kind" VARCHAR(32) NOT NULL,
    "started_at" TIMESTAMP(3) NOT NULL,
    "finished_at" TIMESTAMP(3),
    "details" JSONB,

    CONSTRAINT "service_usage_runs_pkey" PRIMARY KEY ("kind")
);

-- CreateIndex
CREATE INDEX "tenant_events_tenant_occurred_idx" ON "tenant_events"("tenant_id", "occurred_at");

-- CreateIndex
CREATE INDEX "tenant_events_type_occurred_idx" ON "tenant_events"("event_type", "occurred_at");

-- CreateIndex
CREATE INDEX "tenant_events_lead_idx" ON "tenant_events"("lead_id");

-- CreateIndex
CREATE INDEX "tenant_events_received_idx" ON "tenant_events"("received_at");

-- CreateIndex
CREATE UNIQUE INDEX "service_usage_rollups_tenant_day_key" ON "service_usage_rollups"("tenant_id", "day");

-- CreateIndex
CREATE INDEX "service_usage_rollups_day_idx" ON "service_usage_rollups"("day");

-- CreateIndex
CREATE INDEX "service_usage_archives_day_idx" ON "service_usage_archives"("day");

-- CreateIndex
CREATE INDEX "tenant_milestones_created_idx" ON "tenant_milestones"("tenant_created_at");

-- CreateIndex
CREATE INDEX "tenant_milestones_lead_idx" ON "tenant_milestones"("lead_id");

-- CreateIndex
CREATE INDEX "tenant_event_duplicates_received_idx" ON "tenant_event_duplicates"("received_at");

-- AddForeignKey
ALTER TABLE "tenant_events" ADD CONSTRAINT "tenant_events_lead_id_fkey" FOREIGN KEY ("lead_id") REFERENCES "leads"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tenant_milestones" ADD CONSTRAINT "tenant_milestones_lead_id_fkey" FOREIGN KEY ("lead_id") REFERENCES "leads"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- Without these PostgreSQL misjudges how many (tenant, day) groups there are, and a rollup over millions of
-- events sorts on disk instead of hashing in memory. Prisma's schema language has no word for statistics.
CREATE STATISTICS "tenant_events_tenant_day_stats" (ndistinct) ON "tenant_id", ("occurred_at"::date) FROM "tenant_events";

-- The log is emptied as fast as it is filled: vacuum it by count, not by share of its size.
ALTER TABLE "service_usage_dirty" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
