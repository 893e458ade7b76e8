-- CreateTable
CREATE TABLE "webhook_alerts" (
    "id" VARCHAR(36) NOT NULL,
    "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
    "kind" VARCHAR(32) NOT NULL,
    "subject" VARCHAR(255) NOT NULL,
    "measured" DOUBLE PRECISION NOT NULL,
    "bound" DOUBLE PRECISION NOT NULL,
    "started_at" TIMESTAMP(3) NOT NULL,
    "start_sent_at" TIMESTAMP(3),
    "end_id" VARCHAR(36) NOT NULL,
    "ended_at" TIMESTAMP(3),
    "end_sent_at" TIMESTAMP(3),
    "claimed_until" TIMESTAMP(3),

    CONSTRAINT "webhook_alerts_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "webhook_alerts_started_idx" ON "webhook_alerts"("started_at");
