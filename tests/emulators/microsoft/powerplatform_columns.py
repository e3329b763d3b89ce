"""Which columns have the tables that are read, as Microsoft's reference of Dataverse lists them?

Taken from the pages of https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities; a lookup is
read as "_…_value". A column that isn't here is refused, as Dataverse refuses it.
"""

COMMON = {
    *(
        "createdon",
        "modifiedon",
        "statecode",
        "statuscode",
        "versionnumber",
        "overwritetime",
        "ismanaged",
        "solutionid",
    ),
    *("_ownerid_value", "_owninguser_value", "_owningteam_value", "_owningbusinessunit_value", "componentstate"),
    *("_createdby_value", "_modifiedby_value", "componentidunique", "iscustomizable"),
}
COLUMNS: dict[str, set[str]] = {
    "bots": {
        *("botid", "name", "schemaname", "accesscontrolpolicy", "applicationmanifestinformation", "template"),
        *("authenticationconfiguration", "authenticationmode", "authenticationtrigger", "authorizedsecuritygroupids"),
        *("configuration", "iconbase64", "language", "supportedlanguages", "synchronizationstatus", "runtimeprovider"),
        *("publishedon", "_publishedby_value", "_providerconnectionreferenceid_value"),
    },
    "botcomponents": {
        *("botcomponentid", "name", "schemaname", "componenttype", "category", "content", "data", "description"),
        *("helplink", "iconurl", "language", "reusepolicy", "_parentbotcomponentid_value", "_parentbotid_value"),
        "filedata_name",
    },
    "connectionreferences": {
        *("connectionreferenceid", "connectionreferencelogicalname", "connectionreferencedisplayname", "connectorid"),
        *("connectionid", "description", "promptingbehavior", "_customconnectorid_value"),
    },
    "connectors": {
        *("connectorid", "name", "displayname", "description", "connectorinternalid", "connectortype", "capabilities"),
        *("connectionparameters", "openapidefinition", "policytemplateinstances", "scriptoperations", "iconbrandcolor"),
        *("customcodeblobcontent", "introducedversion"),
    },
    "workflows": {
        *("workflowid", "name", "category", "type", "primaryentity", "clientdata", "description", "scope", "mode"),
        *("subprocess", "ondemand", "uniquename"),
    },
    "systemusers": {
        *(
            "systemuserid",
            "fullname",
            "domainname",
            "internalemailaddress",
            "azureactivedirectoryobjectid",
            "accessmode",
        ),
        *("applicationid", "isdisabled", "userlicensetype", "_parentsystemuserid_value"),
    },
    "teams": {"teamid", "name", "description", "teamtype", "azureactivedirectoryobjectid"},
    "roles": {"roleid", "name", "_businessunitid_value", "_roletemplateid_value"},
}
KEYS = {
    "bots": "botid",
    "botcomponents": "botcomponentid",
    "connectionreferences": "connectionreferenceid",
    "connectors": "connectorid",
    "workflows": "workflowid",
    "systemusers": "systemuserid",
    "teams": "teamid",
    "roles": "roleid",
}
# What the caller must have to read a table, as Dataverse names it in a refusal.
PRIVILEGES = {
    "bots": "prvReadbot",
    "botcomponents": "prvReadbotcomponent",
    "connectionreferences": "prvReadconnectionreference",
    "connectors": "prvReadconnector",
    "workflows": "prvReadWorkflow",
    "systemusers": "prvReadUser",
    "teams": "prvReadTeam",
    "roles": "prvReadRole",
}
