-- CreateTable
CREATE TABLE "ingest_rejection_counts" (
    "property_id" VARCHAR(128) NOT NULL,
    "minute" TIMESTAMP(3) NOT NULL,
    "endpoint" VARCHAR(255) NOT NULL,
    "reason" VARCHAR(64) NOT NULL,
    "status_code" INTEGER NOT NULL,
    "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
    "refused" BIGINT NOT NULL,

    CONSTRAINT "ingest_rejection_counts_pkey" PRIMARY KEY ("property_id","minute","endpoint","reason","status_code","owner_id")
);
