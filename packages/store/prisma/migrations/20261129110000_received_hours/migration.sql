-- CreateTable
CREATE TABLE "received_hours" (
    "hour" TIMESTAMP(3) NOT NULL,
    "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
    "event_type" VARCHAR(64) NOT NULL,
    "events" INTEGER NOT NULL,
    "last_received_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "received_hours_pkey" PRIMARY KEY ("hour","owner_id","event_type")
);
