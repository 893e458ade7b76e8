-- CreateTable
CREATE TABLE "restatements" (
    "id" TEXT NOT NULL,
    "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
    "day" DATE NOT NULL,
    "cause" VARCHAR(16) NOT NULL,
    "before" JSONB NOT NULL,
    "after" JSONB NOT NULL,
    "restated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "restatements_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "restatements_restated_idx" ON "restatements"("restated_at");

-- When the bridge received its first event: raw events are kept for 90 days, archived ones were received before that.
INSERT INTO "service_usage_runs" ("kind", "started_at", "finished_at")
SELECT 'bridge', first_at, first_at FROM (
    SELECT LEAST((SELECT min("received_at") FROM "tenant_events"),
        (SELECT min("archived_at") - interval '90 days' FROM "service_usage_archives")) AS first_at
) received
WHERE first_at IS NOT NULL
ON CONFLICT ("kind") DO NOTHING;
